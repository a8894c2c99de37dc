import type { FailurePlace, FailureRule } from "./failure-rules";

const everywhere: FailurePlace[] = ["stopped_reason", "container_reason", "glue_error", "log"];
const ofEcs: FailurePlace[] = ["stopped_reason", "container_reason"];
const ofWork: FailurePlace[] = ["glue_error", "log"];

const ECS_STOPPED = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html";
const ECS_PULL = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html";
const GLUE_ERRORS = "https://docs.aws.amazon.com/glue/latest/dg/glue-troubleshooting-errors.html";
const AIRFLOW_TROUBLE = "https://airflow.apache.org/docs/apache-airflow/stable/troubleshooting.html";

/** What ECS, Glue, Airflow and the AWS APIs write. */
export const platformRules: FailureRule[] = [
  {
    class: "image_pull",
    pattern: /CannotPull(?:Container|ECRContainer|ManifestList|ImageManifest)Error|CannotPullContainer\b/i,
    places: everywhere,
    source: ECS_PULL,
  },
  {
    class: "image_pull",
    pattern: /pull image manifest has been retried|image .{1,300} not found: manifest unknown/i,
    places: ofEcs,
    source: ECS_PULL,
  },
  {
    class: "out_of_memory",
    pattern: /OutOfMemoryError: Container killed due to memory usage|container init was OOM-killed|\bOOMKilled\b/i,
    places: everywhere,
    source: ECS_STOPPED,
  },
  {
    class: "container_start",
    pattern: /\bCannot(?:Start|Create)Container(?:Error)?\b|\bCannotCreateVolumeError\b/i,
    places: ["stopped_reason", "container_reason", "log"],
    source: ECS_STOPPED,
  },
  {
    class: "resource_initialisation",
    pattern: /ResourceInitializationError|Timeout waiting for (?:network interface|EphemeralStorage) provisioning/i,
    places: everywhere,
    source: ECS_STOPPED,
  },
  {
    class: "out_of_memory",
    pattern:
      /java\.lang\.OutOfMemoryError|Container killed by YARN for exceeding|exceeding physical memory limits|running beyond (?:physical|virtual) memory limits|Container killed on request\. Exit code is 137\b/,
    places: ofWork,
    source: "https://docs.aws.amazon.com/glue/latest/dg/monitor-profile-debug-oom-abnormalities.html",
  },
  {
    class: "out_of_memory",
    pattern: /^(?:numpy\.\S{1,60}\.)?_?(?:Array)?MemoryError\b|\bArrowMemoryError\b|std::bad_alloc|\[Errno 12\] Cannot allocate memory/m,
    places: ofWork,
    source: "https://docs.python.org/3/library/exceptions.html#MemoryError, Arrow, errno(3) ENOMEM",
  },
  {
    class: "container_timeout",
    pattern: /\b(?:DockerTimeoutError|ContainerRuntimeTimeoutError)\b|Could not transition to \w{1,20}; timed out after waiting/i,
    places: ["stopped_reason", "container_reason", "log"],
    source: ECS_STOPPED,
  },
  {
    class: "container_start",
    pattern: /\bexec\b.{1,200}: exec format error|^exec \S{1,200}: no such file or directory/,
    places: ["log"],
    source: "execve(2) ENOEXEC, as runc prints it",
  },
  {
    class: "spot_interruption",
    pattern: /Your Spot Task was interrupted|Spot interruption/i,
    places: ["stopped_reason"],
    source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html",
  },
  {
    class: "host_terminated",
    pattern:
      /Host EC2 \(instance .{1,40}\) (?:terminated|stopped)|performing maintenance on the underlying infrastructure hosting the task/,
    places: ["stopped_reason"],
    source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-errors.html",
  },
  {
    class: "dag_import",
    pattern:
      /DagBag import timeout for |ERROR - Failed to import: \S{1,500}\.py|Broken DAG: \[|\bSerializedDagNotFound\b|Dag not found during start up|Either the dag did not exist or it failed to parse/,
    places: ["log"],
    isAirflows: true,
    source: AIRFLOW_TROUBLE,
  },
  {
    class: "container_timeout",
    pattern: /Waiter Tasks(?:Running|Stopped) failed: Max attempts exceeded/,
    places: ["log"],
    isAirflows: true,
    source: "https://github.com/apache/airflow/issues/33711",
  },
  {
    class: "airflow_timeout",
    pattern:
      /AirflowTaskTimeout|Task execution timed out|TaskDeferralTimeout|AirflowSensorTimeout|Sensor has timed out; run duration|\bTimeout, PID: \d|Waiter \w{1,40} failed: Max attempts exceeded|^(?:airflow\.exceptions\.)?AirflowException: .{0,80}[Tt]imed out/m,
    places: ["log"],
    isAirflows: true,
    source: "https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/tasks.html#timeouts",
  },
  {
    class: "heartbeat_lost",
    pattern: /Detected (?:as )?zombie\b|Task instance heartbeat timed out|Detected a task instance without a heartbeat/i,
    places: ["log"],
    levels: "any",
    isAirflows: true,
    source: "https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/tasks.html#task-instance-heartbeat-timeout",
  },
  {
    class: "heartbeat_lost",
    pattern: /Task went away|no longer running on this worker|Server indicated the task shouldn't be running anymore/i,
    places: ["log"],
    isAirflows: true,
    source: "https://github.com/apache/airflow/issues/48719",
  },
  {
    class: "task_killed",
    pattern:
      /Received SIGTERM\. Terminating subprocesses|Task received SIGTERM signal|Process terminated by signal|Task exited with return code (?:Negsignal\.SIG(?:KILL|TERM)|-9|-15)\b|State of this instance has been externally set to/,
    places: ["log"],
    levels: "any",
    isAirflows: true,
    source: AIRFLOW_TROUBLE,
  },
  {
    class: "aws_credentials",
    pattern:
      /\(ExpiredToken(?:Exception)?\)|\bExpiredTokenException\b|The security token included in the request is (?:expired|invalid)|\bNoCredentialsError\b|Unable to locate credentials|Unable to load (?:AWS )?credentials from any provider/,
    places: ofWork,
    source: "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html, botocore",
  },
  {
    class: "aws_capacity",
    pattern:
      /Capacity is unavailable at this time|'reason': 'RESOURCE:[A-Z]|\bConcurrentRunsExceededException\b|[Cc]oncurrent (?:job )?runs.{0,30} exceeded|[Cc]oncurrent runs exceeded|[Cc]oncurrent compute \(DPU usage\) exceeded|enough free (?:IP )?addresses|\bResourceNumberLimitExceededException\b|You've reached the limit on the number of (?:tasks|vCPUs)|(?:Glue: |^)Resource unavailable/,
    places: ofWork,
    source: `https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html, ${GLUE_ERRORS}`,
  },
  {
    class: "aws_capacity",
    pattern:
      /\((?:Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded|SlowDown|ProvisionedThroughputExceededException)\) when calling|ThrottlingException: Rate exceeded/,
    places: ofWork,
    source: "https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html",
  },
  {
    class: "aws_permission",
    pattern:
      /\(AccessDenied(?:Exception)?\) when calling|\bis not authorized to perform:? \w|(?<!nio\.file\.)\bAccessDeniedException\b|Service: (?:Amazon )?S3[;,] Status Code: 403|\(403\) when calling the \w{1,40} operation|Error downloading from S3 .{0,300}Access Denied|should be given assume role permissions for|action is unauthorized\. Unable to validate|Failed to call ec2:Describe/i,
    places: ofWork,
    source: `https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html, ${GLUE_ERRORS}`,
  },
  {
    class: "glue_connection",
    pattern:
      /VPC S3 endpoint validation failed|Could not find S3 endpoint or NAT gateway|At least one security group must open all (?:in|e)gress ports|Unable to resolve any valid connection/i,
    places: ["glue_error"],
    source: GLUE_ERRORS,
  },
  {
    class: "glue_script",
    pattern: /Given GlueVersion .{1,20} is not valid|Error Code: InvalidInputException/,
    places: ["glue_error"],
    source: "https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-exceptions.html",
  },
  {
    class: "glue_bookmark",
    pattern: /continuation VersionMismatchException|\bVersionMismatchException\b|GLUE_JOB_BOOKMARK_VERSION_MISMATCH_ERROR/,
    places: ofWork,
    source: GLUE_ERRORS,
  },
  {
    class: "data_not_found",
    pattern:
      /\[PATH_NOT_FOUND\]|AnalysisException: (?:u?['"])?Path does not exist: |\bNoSuchKey\b|\bNoSuchBucket\b|\(404\) when calling the HeadObject operation|\(EntityNotFoundException\) when calling the Get(?:Table|Database|Partition)/,
    places: ofWork,
    source: "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, Spark error conditions",
  },
];
