import { describe, expect, test } from "vitest";
import { airflowError, extractorFailed, failureExamples, glue, log, nothing, task } from "./failure-examples";
import collected from "./failure-messages.json";
import { failureMeanings, failureRules, glueCategories } from "./failure-rules";
import { classify, describeFailure, isFailedState } from "./failures";
import { FailureClass } from "./schemas/attempt";

describe("what AWS, Airflow, PostgreSQL and Python really say", () => {
  test.each(failureExamples)("%s: %s", (expected, _, facts, lines) => {
    expect(classify({ ...nothing, ...facts }, lines).class).toBe(expected);
  });
  test("every class has a case, a meaning and, where a text proves it, a source", () => {
    const told = [...failureExamples.map(([each]) => each), ...collected.failures.map((each) => each.class)];
    const categories = Object.values(glueCategories).map((each) => each.class);
    expect(new Set([...told, ...categories, "host_terminated"])).toEqual(new Set(FailureClass.options));
    for (const each of FailureClass.options) expect(describeFailure(each)).toBe(failureMeanings[each]);
    for (const rule of failureRules) expect(rule.source.length).toBeGreaterThan(3);
  });
  test("each says in sentences whether a retry helps, why, and what to do", () => {
    for (const meaning of Object.values(failureMeanings)) {
      expect(meaning.retryReason).toMatch(/^[A-Z].{15,140}\.$/);
      expect(meaning.advice).toMatch(/^[A-Z].{15,200}\.$/);
    }
    expect(new Set(Object.values(failureMeanings).map((meaning) => meaning.title)).size).toBe(FailureClass.options.length);
  });
});

describe("what Glue itself calls the error", () => {
  const run = (category: string) => ({ ...glue, errorMessage: `Error Category: ${category}; Failed Line Number: 12; it went wrong` });

  test.each(Object.entries(glueCategories))("%s", (name, { class: expected }) => {
    const found = classify({ ...nothing, glueRun: run(name) }, []);
    expect(found.class).toBe(expected);
    expect(found.facts).toContain(run(name).errorMessage);
  });
  test("a line of the log that proves more goes before a category that only says where", () => {
    const lines = log("glue", "psycopg.errors.LockNotAvailable: canceling statement due to lock timeout");
    expect(classify({ ...nothing, glueRun: run("QUERY_ERROR") }, lines).class).toBe("database_lock");
    expect(classify({ ...nothing, glueRun: run("OUT_OF_MEMORY_ERROR") }, lines).class).toBe("out_of_memory");
  });
  test("an exception in its message is one, whatever its category leaves open", () => {
    const errorMessage = "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 327; KeyError: '2023_1'";
    const found = classify({ ...nothing, glueRun: { ...glue, errorMessage } }, []);
    expect(found).toMatchObject({ class: "python_exception", evidence: [{ stream: "Glue", text: errorMessage }] });
  });
});

describe("whose line counts", () => {
  const lockLine = "psycopg.errors.LockNotAvailable: canceling statement due to lock timeout";

  test("what Airflow repeats is never before the line of whom it repeats, though it was written first", () => {
    const lines = [
      ...log("airflow", airflowError("Task failed", "AirflowException", "refused with HTTP 401"), airflowError("x", "ValueError", "y")),
      ...log("container", '{"level":"info","event":"started"}', '{"level":"info","event":"read"}', lockLine),
    ];
    const found = classify({ ...nothing, ecsTask: task }, lines);
    expect(found).toMatchObject({ class: "database_lock", evidence: [{ source: "container", text: lockLine }] });
  });
  test("what only Airflow can say counts at its time: the container's complaint about being ended comes after it", () => {
    const timeout = airflowError("Task failed with exception", "AirflowTaskTimeout", "Timeout, PID: 4711");
    const lines = [
      ...log("airflow", timeout),
      ...log("container", '{"level":"info","event":"read"}', "psycopg.OperationalError: server closed the connection unexpectedly"),
    ];
    const stopped = { ...task, stopCode: "UserInitiated", stoppedReason: "Task killed by the user", exitCode: 143 };
    expect(classify({ ...nothing, ecsTask: stopped }, lines).class).toBe("airflow_timeout");
    expect(classify({ ...nothing, ecsTask: stopped }, lines.slice(1, 2)).class).toBe("task_killed");
  });
  test("a container that ended well is not at fault, whatever it wrote", () => {
    const lines = [...log("container", lockLine), ...log("airflow", airflowError("Task failed with exception", "KeyError", "'rows'"))];
    const found = classify({ ...nothing, ecsTask: { ...task, exitCode: 0 } }, lines);
    expect(found).toMatchObject({ class: "python_exception", evidence: [{ source: "airflow" }] });
  });
  test("an exception of Java is not called one of Python", () => {
    const lines = log("glue", "com.amazonaws.SdkClientException: Failed to parse XML document");
    expect(classify({ ...nothing, glueRun: glue }, lines)).toMatchObject({ class: "glue_error", evidence: lines });
  });
  test("three lines prove it: the first, and what its writer adds to it", () => {
    const detail = "DETAIL:  Process 101 waits for ShareLock on transaction 900; blocked by process 102.";
    const lines = log(
      "glue",
      "reading",
      "psycopg.errors.DeadlockDetected: deadlock detected",
      detail,
      "  at line 3",
      "ERROR: a",
      "ERROR: b",
    );
    const { evidence } = classify({ ...nothing, glueRun: glue }, lines);
    expect(evidence.map((line) => line.text)).toEqual(["psycopg.errors.DeadlockDetected: deadlock detected", detail, "ERROR: a"]);
  });
});

test.each([
  ["source_unreachable", "ReadTimeout", "HTTPSConnectionPool(host='api.fx.example', port=443): Read timed out. (read timeout=60)"],
  ["source_unreachable", "ConnectTimeout", "timed out"],
  ["unclassified", "ConnectTimeout", 'Connect timeout on endpoint URL: "https://logs.eu-west-1.amazonaws.com/"'],
  ["source_credentials", "AuthenticationException", "Authentication failed."],
  ["source_rate_limit", "HTTPStatusError", "Client error '429 Too Many Requests' for url 'https://api.fx.example/rates'"],
  ["schema_mismatch", "UndefinedColumn", 'column "discount_code" of relation "orders" does not exist'],
  ["database_disk", "DiskFull", 'could not extend file "base/16511/16540": No space left on device'],
])("Airflow 3 names an exception without its module: %s of %s", (expected, type, value) => {
  expect(classify(nothing, log("airflow", airflowError("Task failed with exception", type, value))).class).toBe(expected);
});

test("hosts that AWS takes away are told from work that fails", () => {
  const reason = "Host EC2 (instance i-0123456789abcdef0) terminated.";
  expect(classify({ ...nothing, ecsTask: { ...task, exitCode: null, stoppedReason: reason } }, []).class).toBe("host_terminated");
  expect(classify({ ...nothing, ecsTask: { ...task, exitCode: 143, stopCode: "TerminationNotice" } }, []).class).toBe("host_terminated");
});

describe("never wrong with confidence", () => {
  test("a retry that worked, written as a warning, is no cause", () => {
    const lines = log(
      "container",
      '{"level":"warning","event":"retry","reason":"Connection refused"}',
      '{"level":"info","event":"finished"}',
      "ValueError: bad row",
    );
    expect(classify({ ...nothing, ecsTask: task }, lines).class).toBe("python_exception");
  });
  test("the first failure counts, whatever follows from it", () => {
    const lines = log(
      "glue",
      "psycopg.errors.LockNotAvailable: canceling statement due to lock timeout",
      "server closed the connection unexpectedly",
    );
    const found = classify({ ...nothing, glueRun: glue }, lines);
    expect(found.class).toBe("database_lock");
    expect(found.evidence[0]?.text).toContain("lock timeout");
  });
  test("the order of the lines given does not matter, their time does", () => {
    const lines = log(
      "glue",
      "psycopg.errors.LockNotAvailable: canceling statement due to lock timeout",
      "server closed the connection unexpectedly",
    );
    expect(classify({ ...nothing, glueRun: glue }, lines.toReversed()).class).toBe("database_lock");
  });
  test("the container's own words count more than Airflow's repetition of something else", () => {
    const lines = [
      ...log("airflow", airflowError("Task failed", "AirflowException", "Connection timed out while reading logs")),
      ...log("container", "ValueError: bad row"),
    ];
    const own = classify({ ...nothing, ecsTask: task }, log("container", extractorFailed("fx", "refused with HTTP 401")).concat(lines));
    expect(own.class).toBe("source_credentials");
  });
  test("what AWS states comes before any log line", () => {
    const lines = log("container", "psycopg.errors.LockNotAvailable: canceling statement due to lock timeout");
    expect(
      classify(
        { ...nothing, ecsTask: { ...task, containerReason: "OutOfMemoryError: Container killed due to memory usage", exitCode: 137 } },
        lines,
      ).class,
    ).toBe("out_of_memory");
  });
  test("a Glue run that succeeded keeps no old message as a cause", () => {
    expect(
      classify({ ...nothing, glueRun: { ...glue, state: "SUCCEEDED", errorMessage: "permission denied for table x" } }, []).class,
    ).toBe("unclassified");
  });
  test("words in an ordinary line do not make a class", () => {
    const lines = log(
      "container",
      '{"level":"info","event":"read","message":"table permission denied for table_x has 12 rows, HTTP 404 pages skipped"}',
    );
    expect(classify({ ...nothing, ecsTask: task }, lines).class).toBe("container_exit");
  });
});

test("the facts are told in words a person can check", () => {
  const found = classify(
    { ...nothing, ecsTask: { ...task, exitCode: 137, containerReason: "OutOfMemoryError: Container killed due to memory usage" } },
    [],
  );
  expect(found.facts).toEqual(
    expect.arrayContaining(["Exit code 137 (SIGKILL)", "OutOfMemoryError: Container killed due to memory usage", "Task size 1024 MiB"]),
  );
  expect(found).toMatchObject({ doesRetryHelp: "no", title: "Out of memory" });
});

test("what ECS or Glue states is the first evidence, in its own words; then what the work wrote last", () => {
  const reason = "OutOfMemoryError: Container killed due to memory usage";
  const lines = log(
    "container",
    '{"level":"info","event":"started"}',
    '{"level":"info","event":"batch 12"}',
    '{"level":"info","event":"batch 13"}',
  );
  const found = classify({ ...nothing, ecsTask: { ...task, exitCode: 137, containerReason: reason } }, lines);
  expect(found.evidence.map((line) => [line.stream, line.text])).toEqual([
    ["ECS", reason],
    ["container/stream", "batch 12"],
    ["container/stream", "batch 13"],
  ]);
});

test("of a text that repeats a whole log only the proving part is shown", () => {
  const repeated = airflowError(
    "Task failed with exception",
    "AirflowException",
    `last 10 logs:\n${"x".repeat(5_000)}\nHTTP 401 from the source\nmore`,
  );
  expect(classify(nothing, log("airflow", repeated)).evidence[0]?.text).toBe("HTTP 401 from the source");
  const long = `${"a ".repeat(3_000)}MemoryError ${"b ".repeat(3_000)}`;
  const found = classify({ ...nothing, ecsTask: task }, log("container", `pyarrow.lib.ArrowMemoryError: ${long}`));
  expect(found.evidence[0]?.text.length).toBeLessThan(700);
});

test("the remedy that the failed code gives is passed on", () => {
  const found = classify({ ...nothing, ecsTask: task }, log("container", extractorFailed("fx", "refused with HTTP 401")));
  expect(found.facts).toContain("It says: rerun");
});

test.each([
  ["failed", true],
  ["up_for_retry", true],
  ["upstream_failed", true],
  ["success", false],
  ["running", false],
])("%s is a failed state: %s", (state, expected) => {
  expect(isFailedState(state)).toBe(expected);
});

test("no pattern is slow on long lines made to mislead it: the test would not end", () => {
  const bait = ["HTTP ", "connection to server at ", "ODBC [08001", "A.", "null value in column ", "image "].map((text) =>
    text.repeat(Math.ceil(100_000 / text.length)),
  );
  for (const text of bait) for (const rule of failureRules) expect(rule.pattern.test(text)).toBe(false);
});
