import type { FailurePlace, FailureRule } from "./failure-rules";

const ofWork: FailurePlace[] = ["glue_error", "log"];

const POSTGRES = "https://www.postgresql.org/docs/current/errcodes-appendix.html";
const SQL_SERVER = "https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors";
const ODBC = "https://learn.microsoft.com/sql/odbc/reference/appendixes/appendix-a-odbc-error-codes";
const HTTP = "https://www.rfc-editor.org/rfc/rfc9110#name-status-codes";

/** An answer's status as requests, urllib, httpx, aiohttp and Airflow's HTTP hook raise it. */
function raisedStatus(codes: string): RegExp {
  return new RegExp(
    `\\b(?:${codes}) (?:Client|Server) Error\\b|HTTP Error (?:${codes})\\b|HTTPStatusError: (?:Client|Server) error '(?:${codes})\\b|ClientResponseError: (?:${codes})\\b|AirflowException: (?:${codes}):`,
  );
}

/** A status in an error's own words; ordinary lines name statuses too. */
function namedStatus(codes: string): RegExp {
  return new RegExp(
    `\\bHTTP(?:/\\d(?:\\.\\d)?)?(?: status| status code| error| code)?:? (?:${codes})\\b|\\b[Ss]tatus(?:_code| code)?["'= :]{1,4}(?:${codes})\\b`,
  );
}

const statuses: [FailureRule["class"], string][] = [
  ["source_credentials", "401|403|407"],
  ["source_rate_limit", "429"],
  ["source_refused", "400|404|405|406|409|410|411|412|413|414|415|422|451"],
  ["source_server_error", "500|501|502|503|504|507|520|521|522|523|524"],
];

/** What databases, sources and the work's own code write. */
export const dataRules: FailureRule[] = [
  {
    class: "source_credentials",
    pattern: /ODBC.{0,300}(?:password authentication failed|Login failed for user|no pg_hba\.conf entry|\b28P01\b|\[28000\])/s,
    places: ["log"],
    source: `${ODBC}: class 28; extractions read their source by ODBC`,
  },
  {
    class: "source_credentials",
    pattern: /\bORA-01017\b|Access denied for user '|AuthenticationException: Authentication failed|\bBadAuthenticationType\b/,
    places: ["log"],
    source: "https://docs.oracle.com/error-help/db/ora-01017/, MySQL error 1045, paramiko",
  },
  {
    class: "source_unreachable",
    pattern:
      /ODBC.{0,300}(?:Connection refused|timed? ?out|Name or service not known|could not translate host name|\[08001\]|\[08S01\]|\[HYT0[01]\])|\[08001\].{0,80}ODBC|\[08S01\].{0,80}ODBC/is,
    places: ["log"],
    source: `${ODBC}: class 08 and HYT00; extractions read their source by ODBC`,
  },
  {
    class: "database_lock",
    pattern:
      /canceling statement due to lock timeout|\bLockNotAvailable\b|\bSQLSTATE\W{0,4}55P03\b|could not obtain lock on (?:row|relation)|could not serialize access due to/,
    places: ofWork,
    source: `${POSTGRES}: 55P03 and 40001`,
  },
  {
    class: "database_lock",
    pattern: /(?<!\bno )\bdeadlock detected\b|Lock request time out period exceeded|was deadlocked on lock/i,
    places: ofWork,
    source: `${POSTGRES}: 40P01; ${SQL_SERVER}: 1222 and 1205`,
  },
  {
    class: "database_timeout",
    pattern: /canceling statement due to (?:statement|transaction|idle-in-transaction) timeout/,
    places: ofWork,
    source: `${POSTGRES}: 57014`,
  },
  {
    class: "database_constraint",
    pattern:
      /violates (?:unique|foreign key|check|not-null|exclusion) constraint|null value in column .{1,200} violates|\b(?:Unique|ForeignKey|Check|NotNull|Exclusion)Violation\b|Violation of (?:PRIMARY|UNIQUE) KEY constraint/,
    places: ofWork,
    source: `${POSTGRES}: class 23; ${SQL_SERVER}: 2627`,
  },
  {
    class: "database_disk",
    pattern:
      /could not (?:extend|write to|write|create|resize) .{1,200}(?:No space left on device|wrote only \d{1,9} of \d{1,9} bytes)|Check free disk space|\bDiskFull: /,
    places: ofWork,
    source: `${POSTGRES}: 53100`,
  },
  {
    class: "disk_full",
    pattern: /\[Errno 28\]|IOException: No space left on device|ENOSPC: no space left on device/,
    places: ofWork,
    source: "errno(3): ENOSPC",
  },
  {
    class: "too_many_connections",
    pattern: /remaining connection slots are reserved|too many clients already|too many connections for (?:role|database)/,
    places: ofWork,
    source: `${POSTGRES}: 53300`,
  },
  {
    class: "database_permission",
    pattern:
      /permission denied for (?:table|schema|relation|database|sequence|function|view|materialized view)\b|must be owner of (?:table|relation|schema)|password authentication failed for user|no pg_hba\.conf entry for|pg_hba\.conf rejects connection|\bInsufficientPrivilege\b|Login failed for user|role "[^"]{1,80}" does not exist/,
    places: ofWork,
    source: `${POSTGRES}: 42501 and 28P01; ${SQL_SERVER}: 18456`,
  },
  {
    class: "database_connection",
    pattern:
      /connection to server at .{1,200} failed|server closed the connection unexpectedly|terminating connection due to administrator command|the database system is (?:starting up|shutting down|in recovery mode)|SSL connection has been closed unexpectedly|could not translate host name "|could not connect to server: |Lost connection to MySQL server|MySQL server has gone away|SSL SYSCALL error: (?:EOF detected|Connection (?:timed out|reset by peer))|org\.postgresql\.util\.PSQLException: (?:Connection to|The connection attempt failed|An I\/O error|This connection has been closed)/,
    places: ofWork,
    source: `${POSTGRES}: class 08 and 57P; libpq; pgjdbc`,
  },
  {
    class: "schema_mismatch",
    pattern: /\b(?:column|relation) "[^"]{1,130}" (?:of relation "[^"]{1,130}" )?does not exist/,
    places: ofWork,
    levels: "error",
    source: `${POSTGRES}: 42703, 42P01`,
  },
  {
    class: "schema_mismatch",
    pattern:
      /\bUndefined(?:Column|Table)\b|\bInvalidTextRepresentation\b|invalid input syntax for (?:type )?\w|\bDatatypeMismatch\b|is of type .{1,60} but expression is of type|StringDataRightTruncation|value too long for type character|numeric field overflow|is out of range for type \w|(?:missing data|extra data) (?:for|after last expected) column/,
    places: ofWork,
    source: `${POSTGRES}: 42703, 42P01, 22P02, 42804, 22001, 22003, 22P04`,
  },
  {
    class: "schema_mismatch",
    pattern:
      /cannot resolve '.{1,300}' given input columns|\[UNRESOLVED_COLUMN|\[CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE\]|Parquet column cannot be converted|Failed to merge (?:incompatible data types|fields)|ParquetSchemaColumnConvertNotSupportedException|ArrowInvalid: Schema at index/,
    places: ofWork,
    source: "https://spark.apache.org/docs/latest/sql-error-conditions.html, Arrow",
  },
  {
    class: "source_certificate",
    pattern: /CERTIFICATE_VERIFY_FAILED|\bSSLCertVerificatio|certificate verify failed|PKIX path building failed|certificate has expired/,
    places: ofWork,
    source: "https://docs.python.org/3/library/ssl.html, OpenSSL, JSSE",
  },
  ...statuses.flatMap(([each, codes]): FailureRule[] => [
    { class: each, pattern: raisedStatus(codes), places: ofWork, source: `${HTTP}; requests, urllib, httpx, aiohttp` },
    { class: each, pattern: namedStatus(codes), places: ["log"], levels: "error", source: HTTP },
  ]),
  {
    class: "source_unreachable",
    pattern:
      /Max retries exceeded with url|Failed to establish a new connection|\bConnectionRefusedError\b|requests\.exceptions\.(?:ConnectionError|ConnectTimeout|ReadTimeout|SSLError)|ClientConnectorError: Cannot connect to host|httpx\.(?:ConnectError|ConnectTimeout|ReadTimeout)|HTTPS?ConnectionPool\(host=.{1,200}: Read timed out|^(?:ConnectTimeout|ReadTimeout|ConnectError): (?!.{0,60}endpoint URL)|Login timeout expired|socket\.gaierror|TCP\/IP connection to the host .{1,200} has failed|Communications link failure|The Network Adapter could not establish the connection|java\.net\.UnknownHostException|\b(?:ORA-(?:12170|12541|12543|12545)|DPY-600[05]):/m,
    places: ofWork,
    source: "requests, urllib3, httpx, getaddrinfo(3), JDBC drivers of SQL Server, MySQL and Oracle",
  },
  {
    class: "source_unreachable",
    pattern:
      /\b(?:Connection refused|Connection timed out|Connection reset by peer|Name or service not known|Temporary failure in name resolution|No route to host|Network is unreachable|getaddrinfo failed)\b|unixODBC.{0,40}\b08(?:001|S01)\b/,
    places: ["log"],
    levels: "error",
    source: "connect(2), getaddrinfo(3)",
  },
];
