import type { FailureFacts } from "./failures";
import { parseLogMessage } from "./log-lines";
import type { FailureClass, LogLine, LogSource } from "./schemas/attempt";

export const nothing: FailureFacts = { state: "failed", operator: null, ecsTask: null, glueRun: null };
export const task = {
  lastStatus: "STOPPED",
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  exitCode: 1,
  containerReason: null,
  memoryMib: 1024,
};
export const glue = { state: "FAILED", errorMessage: null, timeoutMinutes: 30, executionSeconds: 41 };

export function log(source: LogSource, ...messages: string[]): LogLine[] {
  return messages.map((message, index) => ({
    id: `${source}-${index}`,
    at: new Date(Date.UTC(2026, 10, 22, 8, 0, index)).toISOString(),
    source,
    stream: `${source}/stream`,
    ...parseLogMessage(source, message),
  }));
}

export const extractorFailed = (system: string, message: string) =>
  JSON.stringify({ timestamp: "2026-11-22T08:00:00.000Z", level: "error", event: "failed", system, message, remedy: "rerun" });
export const airflowError = (event: string, type: string, value: string) =>
  JSON.stringify({
    event,
    level: "error",
    logger: "task",
    error_detail: [{ exc_type: type, exc_value: value, exc_notes: [], frames: [] }],
  });

/** What the systems really write: expected class, who writes it, facts, log. */
export const failureExamples: [FailureClass, string, Partial<FailureFacts>, LogLine[]][] = [
  [
    "out_of_memory",
    "ECS container reason",
    { ecsTask: { ...task, exitCode: 137, containerReason: "OutOfMemoryError: Container killed due to memory usage" } },
    log("container", '{"level":"info","event":"fault_memory","allocated_mb":960}'),
  ],
  [
    "out_of_memory",
    "Python",
    { ecsTask: task },
    log("container", "Traceback (most recent call last):", '  File "/app/sink.py", line 10, in write', "MemoryError"),
  ],
  [
    "out_of_memory",
    "NumPy",
    { ecsTask: task },
    log(
      "container",
      "numpy._core._exceptions._ArrayMemoryError: Unable to allocate 7.45 GiB for an array with shape (1000000000,) and data type float64",
    ),
  ],
  ["out_of_memory", "Arrow", { ecsTask: task }, log("container", "pyarrow.lib.ArrowMemoryError: malloc of size 134217728 failed")],
  [
    "out_of_memory",
    "Spark executor on YARN",
    {
      glueRun: {
        ...glue,
        errorMessage:
          "An error occurred while calling o94.pyWriteDynamicFrame. Job aborted due to stage failure: ExecutorLostFailure (executor 7 exited caused by one of the running tasks) Reason: Container killed by YARN for exceeding memory limits. 5.7 GB of 5.5 GB physical memory used.",
      },
    },
    [],
  ],
  [
    "out_of_memory",
    "JVM",
    { glueRun: glue },
    log(
      "glue",
      "26/11/22 08:00:00 ERROR Executor: Exception in task 3.0 in stage 5.0 (TID 41)",
      "java.lang.OutOfMemoryError: Java heap space",
    ),
  ],
  [
    "image_pull",
    "ECS, image missing",
    {
      ecsTask: {
        ...task,
        stopCode: "TaskFailedToStart",
        exitCode: null,
        stoppedReason:
          "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref 123456789012.dkr.ecr.eu-west-1.amazonaws.com/extractor:nosuch: not found",
      },
    },
    [],
  ],
  [
    "image_pull",
    "ECS, no route",
    {
      ecsTask: {
        ...task,
        stopCode: "TaskFailedToStart",
        exitCode: null,
        stoppedReason:
          "CannotPullContainerError: Error response from daemon: Get https://registry-1.docker.io/v2/: net/http: request canceled while waiting for connection",
      },
    },
    [],
  ],
  [
    "image_pull",
    "Airflow's operator, nothing joined",
    {},
    log(
      "airflow",
      airflowError(
        "Task failed with exception",
        "EcsTaskFailToStart",
        "The task failed to start due to: CannotPullContainerError: ref pull has been retried 1 time(s)",
      ),
    ),
  ],
  [
    "resource_initialisation",
    "ECS, secret",
    {
      ecsTask: {
        ...task,
        stopCode: "TaskFailedToStart",
        exitCode: null,
        stoppedReason:
          "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s): secrets manager can't find the specified secret.",
      },
    },
    [],
  ],
  [
    "resource_initialisation",
    "ECS, logs",
    {
      ecsTask: {
        ...task,
        stopCode: "TaskFailedToStart",
        exitCode: null,
        stoppedReason:
          "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException",
      },
    },
    [],
  ],
  [
    "spot_interruption",
    "ECS, Fargate Spot",
    { ecsTask: { ...task, stopCode: "SpotInterruption", exitCode: 143, stoppedReason: "Your Spot Task was interrupted." } },
    [],
  ],
  [
    "glue_timeout",
    "Glue state",
    { glueRun: { ...glue, state: "TIMEOUT", errorMessage: "Job run timed out" } },
    log("glue", "26/11/22 08:00:00 WARN TaskSetManager: Lost task"),
  ],
  [
    "database_lock",
    "PostgreSQL 55P03 in Glue's message",
    {
      glueRun: {
        ...glue,
        errorMessage:
          "LoadError: warehouse: canceling statement due to lock timeout, held by pid 4711 (role penstock_loader, application db_lock)",
      },
    },
    log(
      "glue",
      '{"level":"error","event":"load_failed","system":"warehouse","error":"canceling statement due to lock timeout","remedy":"end the session that holds the lock"}',
    ),
  ],
  ["database_lock", "psycopg", { glueRun: glue }, log("glue", "psycopg.errors.LockNotAvailable: canceling statement due to lock timeout")],
  [
    "database_lock",
    "PostgreSQL 40P01",
    { glueRun: glue },
    log(
      "glue",
      "psycopg.errors.DeadlockDetected: deadlock detected",
      "DETAIL:  Process 101 waits for ShareLock on transaction 900; blocked by process 102.",
    ),
  ],
  [
    "database_lock",
    "SQL Server 1205",
    { ecsTask: task },
    log(
      "container",
      extractorFailed(
        "erp",
        "('40001', '[40001] [Microsoft][ODBC Driver 18 for SQL Server]Transaction (Process ID 52) was deadlocked on lock resources with another process'",
      ),
    ),
  ],
  [
    "database_constraint",
    "PostgreSQL 23505",
    { glueRun: glue },
    log("glue", 'psycopg.errors.UniqueViolation: duplicate key value violates unique constraint "orders_pkey"'),
  ],
  [
    "database_constraint",
    "PostgreSQL 23502",
    {
      glueRun: {
        ...glue,
        errorMessage: 'LoadError: warehouse: null value in column "customer_id" of relation "orders" violates not-null constraint',
      },
    },
    [],
  ],
  [
    "database_constraint",
    "pgjdbc",
    { glueRun: glue },
    log(
      "glue",
      'org.postgresql.util.PSQLException: ERROR: insert or update on table "order_lines" violates foreign key constraint "order_lines_order_id_fkey"',
    ),
  ],
  [
    "database_permission",
    "PostgreSQL 42501",
    { glueRun: { ...glue, errorMessage: "LoadError: warehouse: permission denied for table orders" } },
    [],
  ],
  [
    "database_permission",
    "PostgreSQL 28P01",
    { glueRun: glue },
    log(
      "glue",
      'psycopg.OperationalError: connection failed: connection to server at "10.0.1.5", port 5432 failed: FATAL:  password authentication failed for user "penstock_loader"',
    ),
  ],
  [
    "database_connection",
    "libpq",
    { glueRun: glue },
    log("glue", 'psycopg.OperationalError: connection failed: connection to server at "10.0.1.5", port 5432 failed: Connection refused'),
  ],
  [
    "database_connection",
    "PostgreSQL 57P01",
    { glueRun: glue },
    log(
      "glue",
      "psycopg.errors.AdminShutdown: terminating connection due to administrator command",
      "server closed the connection unexpectedly",
    ),
  ],
  [
    "too_many_connections",
    "PostgreSQL 53300",
    { glueRun: { ...glue, errorMessage: "LoadError: warehouse: FATAL: sorry, too many clients already" } },
    [],
  ],
  [
    "source_unreachable",
    "psqlODBC",
    { ecsTask: task },
    log(
      "container",
      extractorFailed(
        "shop",
        `could not connect to the database: ('08001', '[08001] [unixODBC]connection to server at "127.0.0.1", port 5434 failed: Connection refused\\n (101) (SQLDriverConnect)')`,
      ),
    ),
  ],
  [
    "source_unreachable",
    "SQL Server ODBC",
    { ecsTask: task },
    log(
      "container",
      extractorFailed(
        "erp",
        "could not connect to the database: ('HYT00', '[HYT00] [Microsoft][ODBC Driver 18 for SQL Server]Login timeout expired (0) (SQLDriverConnect)')",
      ),
    ),
  ],
  [
    "source_server_error",
    "HTTP API, urllib3",
    { ecsTask: task },
    log(
      "container",
      '{"level":"warning","event":"retry","reason":"HTTP 503","attempt":1}',
      extractorFailed("fx", "http://fx.internal/rates failed 5 times, at last with HTTP 503"),
    ),
  ],
  [
    "source_unreachable",
    "DNS",
    { ecsTask: task },
    log(
      "container",
      extractorFailed(
        "fx",
        "http://fx/rates failed 5 times, at last with NameResolutionError: Failed to resolve 'fx' ([Errno -2] Name or service not known)",
      ),
    ),
  ],
  [
    "source_credentials",
    "HTTP 401",
    { ecsTask: task },
    log("container", extractorFailed("fx", "http://fx.internal/rates refused with HTTP 401: token expired")),
  ],
  [
    "source_rate_limit",
    "requests",
    {},
    log(
      "airflow",
      airflowError("Task failed with exception", "HTTPError", "429 Client Error: Too Many Requests for url: https://api.example.com/rates"),
    ),
  ],
  [
    "source_credentials",
    "psqlODBC password",
    { ecsTask: task },
    log(
      "container",
      extractorFailed(
        "shop",
        `could not connect to the database: ('08001', '[08001] [unixODBC]connection to server at "10.0.0.9" failed: FATAL:  password authentication failed for user "reader"')`,
      ),
    ),
  ],
  [
    "airflow_timeout",
    "Airflow execution_timeout",
    {},
    log("airflow", airflowError("Task failed with exception", "AirflowTaskTimeout", "Timeout, PID: 4711")),
  ],
  [
    "airflow_timeout",
    "Airflow 2",
    {},
    log(
      "airflow",
      "[2026-11-22T08:00:00.000+0000] {taskinstance.py:2905} ERROR - Task failed with exception",
      "airflow.exceptions.AirflowTaskTimeout: Timeout, PID: 992",
    ),
  ],
  [
    "heartbeat_lost",
    "Airflow 2 scheduler",
    {},
    log(
      "airflow",
      "[2026-11-22T08:00:00.000+0000] {scheduler_job_runner.py:1750} ERROR - Detected zombie job: {'full_filepath': '/usr/local/airflow/dags/sales_daily.py'}",
    ),
  ],
  [
    "heartbeat_lost",
    "Airflow 3 supervisor",
    {},
    log(
      "airflow",
      JSON.stringify({ event: "Server indicated the task shouldn't be running anymore", level: "error", logger: "supervisor" }),
    ),
  ],
  ["python_exception", "a DAG's own code", {}, log("airflow", airflowError("Task failed with exception", "KeyError", "'rows_inserted'"))],
  [
    "python_exception",
    "plain traceback",
    { ecsTask: task },
    log(
      "container",
      "Traceback (most recent call last):",
      '  File "/app/main.py", line 3, in <module>',
      "ValueError: could not convert string to float: 'n/a'",
    ),
  ],
  ["upstream_failed", "Airflow state", { state: "upstream_failed" }, []],
  [
    "glue_error",
    "Glue, nothing known",
    { glueRun: { ...glue, errorMessage: "Command failed with exit code 10" } },
    log("glue", "26/11/22 08:00:00 INFO Main: starting"),
  ],
  [
    "container_exit",
    "exit code without a known line",
    { ecsTask: { ...task, exitCode: 2 } },
    log("container", extractorFailed("configuration", "SOURCE_TABLE: expected a value")),
  ],
  ["container_exit", "SIGKILL without ECS saying why", { ecsTask: { ...task, exitCode: 137 } }, []],
  ["unclassified", "nothing is known", {}, []],
];
