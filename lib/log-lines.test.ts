import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLogMessage } from "./log-lines";
import { streamCandidates } from "./log-streams";

test.each([
  ["the extractor's JSON", '{"timestamp":"2026-11-22T08:00:00.000Z","level":"info","event":"batch","rows":50000}', "info", "batch"],
  [
    "the extractor's failure",
    '{"level":"error","event":"failed","system":"shop","message":"no table","remedy":"x"}',
    "error",
    "failed: no table",
  ],
  ["Airflow 3", '{"event":"Task started","level":"warning","logger":"task"}', "warning", "Task started"],
  [
    "Airflow 3 with a cause",
    '{"event":"Task failed","level":"error","error_detail":[{"exc_type":"ValueError","exc_value":"bad"}]}',
    "error",
    "Task failed\nValueError: bad",
  ],
  [
    "Airflow 2",
    "[2026-11-22T08:00:00.000+0000] {taskinstance.py:1937} ERROR - Task failed",
    "error",
    "[2026-11-22T08:00:00.000+0000] {taskinstance.py:1937} ERROR - Task failed",
  ],
  ["Spark", "26/11/22 08:00:00 WARN TaskSetManager: Lost task 1.0", "warning", "26/11/22 08:00:00 WARN TaskSetManager: Lost task 1.0"],
  ["Python's logging", "2026-11-22 08:00:00,123 - shop - ERROR - no row", "error", "2026-11-22 08:00:00,123 - shop - ERROR - no row"],
  ["an exception's last line", "psycopg.errors.LockNotAvailable: canceling", null, "psycopg.errors.LockNotAvailable: canceling"],
  [
    "an exception named Error",
    "botocore.exceptions.EndpointConnectionError: Could not connect",
    "error",
    "botocore.exceptions.EndpointConnectionError: Could not connect",
  ],
  ["plain text", "hello\n", null, "hello"],
  ["text that only looks like JSON", "{not json}", null, "{not json}"],
  ["JSON without an event", '{"rows":3}', null, '{"rows":3}'],
])("%s", (_, message, level, text) => {
  expect(parseLogMessage("container", message)).toMatchObject({ level, text });
});

test("colours of a terminal are taken away, so that nothing but text is left", () => {
  const esc = String.fromCharCode(27);
  expect(parseLogMessage("container", `${esc}[31mERROR${esc}[0m: no ${esc}]8;;http://x${String.fromCharCode(7)}link`)).toEqual({
    level: "error",
    text: "ERROR: no link",
  });
});

test("any text is a line", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (message) => {
      expect(typeof parseLogMessage("glue", message).text).toBe("string");
    }),
    { numRuns: 2_000 },
  );
});

const facts = {
  pipeline: "sales_daily",
  runId: "scheduled__2026-11-22T06:15:00+00:00",
  taskId: "load",
  mapIndex: -1,
  tryNumber: 2,
  taskLogGroup: "airflow-penstock-Task",
  ecsTask: null,
  glueRun: null,
};

test("a task's stream is named as MWAA renders it, with its triggerer's", () => {
  const [candidate] = streamCandidates(facts);
  const prefix = "dag_id=sales_daily/run_id=scheduled__2026-11-22T06_15_00+00_00/task_id=load/attempt=2.log";
  expect(candidate).toMatchObject({ source: "airflow", group: "airflow-penstock-Task", prefix });
  expect(candidate?.owns(prefix)).toBe(true);
  expect(candidate?.owns(`${prefix}.trigger.17.log`)).toBe(true);
  expect(candidate?.owns(prefix.replace("attempt=2", "attempt=22"))).toBe(false);
});

test("a mapped task's stream has its index", () => {
  expect(streamCandidates({ ...facts, mapIndex: 3 })[0]?.prefix).toContain("/task_id=load/map_index=3/attempt=2.log");
});

test("a container has one stream, a Glue run those of its driver and executors in both groups, and not its second attempt's", () => {
  const found = streamCandidates({
    ...facts,
    taskLogGroup: null,
    ecsTask: { logGroup: "/penstock/extractor", logStream: "extractor/extractor/abc" },
    glueRun: { jobRunId: "jr_ab", logGroup: null },
  });
  expect(found.map(({ group }) => group)).toEqual(["/penstock/extractor", "/aws-glue/jobs/output", "/aws-glue/jobs/error"]);
  expect(["jr_ab", "jr_ab-driver", "jr_ab-1", "jr_ab_g-1f"].every((stream) => found[1]?.owns(stream))).toBe(true);
  expect(["jr_abc", "jr_ab_attempt_1"].some((stream) => found[1]?.owns(stream))).toBe(false);
});
