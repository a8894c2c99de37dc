import type { FailureClass } from "./schemas/attempt";

/** What a class means to the reader: its title, the system that failed, whether the same thing again may work, and what to do next. */
export interface FailureMeaning {
  title: string;
  system: string;
  doesRetryHelp: "yes" | "no" | "unknown";
  advice: string;
}

export const failureMeanings: Record<FailureClass, FailureMeaning> = {
  out_of_memory: {
    title: "Out of memory",
    system: "Compute",
    doesRetryHelp: "no",
    advice: "The same work needs the same memory. Give it more, or make it read in smaller batches, then rerun.",
  },
  image_pull: {
    title: "Image not pulled",
    system: "ECS",
    doesRetryHelp: "no",
    advice: "The container never started. Check the image's name and tag, that it was pushed, and that the execution role may pull it.",
  },
  resource_initialisation: {
    title: "Container could not be set up",
    system: "ECS",
    doesRetryHelp: "unknown",
    advice:
      "Secrets, logs or the network could not be reached before the start. Check the execution role, the secret's name and the route to AWS endpoints.",
  },
  spot_interruption: {
    title: "Spot capacity taken back",
    system: "ECS",
    doesRetryHelp: "yes",
    advice: "AWS took the capacity back; the work itself is not at fault. Rerun it, on demand if the deadline is near.",
  },
  container_exit: {
    title: "Container ended with an error",
    system: "Container",
    doesRetryHelp: "unknown",
    advice: "The log does not name a known cause. Read its last lines before rerunning.",
  },
  glue_timeout: {
    title: "Glue run timed out",
    system: "Glue",
    doesRetryHelp: "unknown",
    advice: "Glue ended it at its time limit. Find what it was waiting for; if there was simply more data, raise the limit or the workers.",
  },
  glue_error: {
    title: "Glue run failed",
    system: "Glue",
    doesRetryHelp: "unknown",
    advice: "Glue gives a reason that is not a known class. Read the error log of the run before rerunning.",
  },
  airflow_timeout: {
    title: "Task timed out in Airflow",
    system: "Airflow",
    doesRetryHelp: "unknown",
    advice: "The task ran longer than its execution_timeout. Check whether its container or Glue run still works before rerunning.",
  },
  database_lock: {
    title: "Waited too long for a lock",
    system: "Warehouse",
    doesRetryHelp: "yes",
    advice: "Another session held a lock on the table. Once that session has ended, a rerun works.",
  },
  database_constraint: {
    title: "A constraint refused the data",
    system: "Warehouse",
    doesRetryHelp: "no",
    advice: "The data breaks a rule of the table. Correct the rows or the rule; the same rows will be refused again.",
  },
  database_connection: {
    title: "No connection to the database",
    system: "Database",
    doesRetryHelp: "yes",
    advice: "The database did not answer or ended the connection. Check that it is up and reachable, then rerun.",
  },
  database_permission: {
    title: "The database refused access",
    system: "Database",
    doesRetryHelp: "no",
    advice: "The role may not do this, or its password is wrong. Grant the right or correct the secret, then rerun.",
  },
  source_unreachable: {
    title: "Source not reachable",
    system: "Source",
    doesRetryHelp: "yes",
    advice: "The source did not answer. Check that it is up and that the network lets the task through, then rerun.",
  },
  source_refused: {
    title: "Source refused the request",
    system: "Source",
    doesRetryHelp: "unknown",
    advice: "The source answered and refused. Check credentials, address and its limits before rerunning.",
  },
  python_exception: {
    title: "Python exception",
    system: "Task code",
    doesRetryHelp: "unknown",
    advice: "The code raised an exception. Unless its text names something that passes, a rerun ends the same way.",
  },
  heartbeat_lost: {
    title: "Airflow lost the task",
    system: "Airflow",
    doesRetryHelp: "yes",
    advice: "The worker stopped reporting, so Airflow gave the task up. Check that its container or Glue run has ended, then rerun.",
  },
  upstream_failed: {
    title: "Not run: an upstream task failed",
    system: "Airflow",
    doesRetryHelp: "no",
    advice: "Nothing is wrong here. Mend the upstream task and rerun from there.",
  },
  unclassified: {
    title: "Failed for a reason not recognised",
    system: "Unknown",
    doesRetryHelp: "unknown",
    advice: "No known cause was found. Read the log from its first error before rerunning.",
  },
};

export type FailurePlace = "stopped_reason" | "container_reason" | "glue_error" | "log";

/** A text that proves a class. `source` says who writes it; `places` are where it is proof, and nowhere else. */
export interface FailureRule {
  class: FailureClass;
  pattern: RegExp;
  places: FailurePlace[];
  source: string;
}

const everywhere: FailurePlace[] = ["stopped_reason", "container_reason", "glue_error", "log"];
const inLogs: FailurePlace[] = ["glue_error", "log"];

/** In order of precedence on one line. Each pattern is linear: no nested quantifiers. */
export const failureRules: FailureRule[] = [
  {
    class: "image_pull",
    pattern: /CannotPull(?:Container|ECRContainer|ManifestList)Error|CannotPullContainer\b/,
    places: everywhere,
    source: "ECS stopped task errors",
  },
  {
    class: "image_pull",
    pattern: /pull image manifest has been retried|image .{1,300} not found: manifest unknown/i,
    places: ["stopped_reason", "container_reason"],
    source: "ECS stopped task errors",
  },
  { class: "resource_initialisation", pattern: /ResourceInitializationError/, places: everywhere, source: "ECS stopped task errors" },
  {
    class: "out_of_memory",
    pattern: /OutOfMemoryError: Container killed due to memory usage/i,
    places: everywhere,
    source: "ECS container reason",
  },
  {
    class: "out_of_memory",
    pattern: /java\.lang\.OutOfMemoryError|Container killed by YARN for exceeding memory limits|exceeding physical memory limits/,
    places: inLogs,
    source: "JVM, Spark on YARN, Glue",
  },
  {
    class: "out_of_memory",
    pattern:
      /^(?:numpy\.\S{1,60}\.)?_?(?:Array)?MemoryError\b|\bArrowMemoryError\b|pyarrow\.lib\.ArrowMemoryError|std::bad_alloc|Cannot allocate memory/m,
    places: inLogs,
    source: "Python, Arrow, Linux ENOMEM",
  },
  {
    class: "spot_interruption",
    pattern: /Your Spot Task was interrupted|Spot interruption/i,
    places: ["stopped_reason"],
    source: "ECS stoppedReason of FARGATE_SPOT",
  },
  {
    class: "source_refused",
    pattern: /ODBC.{0,300}(?:password authentication failed|Login failed for user|no pg_hba\.conf entry|\b28P01\b|\[28000\])/s,
    places: ["log"],
    source: "ODBC class 28: extractions read their source by ODBC",
  },
  {
    class: "source_unreachable",
    pattern:
      /ODBC.{0,300}(?:Connection refused|timed? ?out|Name or service not known|could not translate host name|\[08001\]|\[08S01\]|\[HYT0[01]\])|\[08001\].{0,80}ODBC|\[08S01\].{0,80}ODBC/is,
    places: ["log"],
    source: "ODBC class 08 and HYT00: extractions read their source by ODBC",
  },
  {
    class: "database_lock",
    pattern:
      /canceling statement due to lock timeout|\bLockNotAvailable\b|\bSQLSTATE\W{0,4}55P03\b|could not obtain lock on (?:row|relation)/,
    places: inLogs,
    source: "PostgreSQL 55P03",
  },
  {
    class: "database_lock",
    pattern: /\bdeadlock detected\b|Lock request time out period exceeded|was deadlocked on lock/i,
    places: inLogs,
    source: "PostgreSQL 40P01, SQL Server 1222 and 1205",
  },
  {
    class: "database_constraint",
    pattern:
      /violates (?:unique|foreign key|check|not-null|exclusion) constraint|null value in column .{1,200} violates|\b(?:Unique|ForeignKey|Check|NotNull)Violation\b|Violation of (?:PRIMARY|UNIQUE) KEY constraint/,
    places: inLogs,
    source: "PostgreSQL class 23, SQL Server 2627",
  },
  {
    class: "database_permission",
    pattern:
      /permission denied for (?:table|schema|relation|database|sequence|function|view)|password authentication failed for user|no pg_hba\.conf entry for|\bInsufficientPrivilege\b|Login failed for user|role "[^"]{1,80}" does not exist/,
    places: inLogs,
    source: "PostgreSQL 42501 and 28P01, SQL Server 18456",
  },
  {
    class: "database_connection",
    pattern:
      /connection to server at .{1,200} failed|server closed the connection unexpectedly|terminating connection due to administrator command|the database system is (?:starting up|shutting down|in recovery mode)|(?:remaining connection slots are reserved|too many clients already)|SSL connection has been closed unexpectedly|org\.postgresql\.util\.PSQLException: (?:Connection to|The connection attempt failed|An I\/O error)/,
    places: inLogs,
    source: "libpq, PostgreSQL class 08 and 57P, pgjdbc",
  },
  {
    class: "source_refused",
    pattern:
      /\bHTTP(?:\/\d(?:\.\d)?)?(?: status| error)?:? (?:400|401|403|404|410|422|429)\b|\b(?:401|403|404|429) Client Error\b|status(?:_code)?["= :]{1,4}(?:401|403|404|429)\b/,
    places: ["log"],
    source: "RFC 9110, requests",
  },
  {
    class: "source_unreachable",
    pattern:
      /\b(?:Connection refused|Connection timed out|Name or service not known|Temporary failure in name resolution|No route to host|Network is unreachable|getaddrinfo failed|Login timeout expired|Max retries exceeded with url)\b|\b(?:502|503|504) Server Error\b|HTTP(?:\/\d(?:\.\d)?)?(?: status| error)?:? (?:500|502|503|504)\b|unixODBC.{0,40}\b08(?:001|S01)\b/,
    places: ["log"],
    source: "getaddrinfo, connect(2), requests, ODBC class 08",
  },
  {
    class: "airflow_timeout",
    pattern:
      /AirflowTaskTimeout|Task execution timed out|TaskDeferralTimeout|AirflowSensorTimeout|^(?:airflow\.exceptions\.)?AirflowException: .{0,80}[Tt]imed out/m,
    places: ["log"],
    source: "Airflow exceptions",
  },
  {
    class: "heartbeat_lost",
    pattern:
      /Detected (?:as )?zombie|zombie job|Task instance heartbeat timed out|Task went away|heartbeat timeout|no longer running on this worker|Server indicated the task shouldn't be running anymore/i,
    places: ["log"],
    source: "Airflow scheduler and task supervisor",
  },
];
