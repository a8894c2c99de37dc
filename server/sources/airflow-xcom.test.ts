import { expect, it } from "vitest";
import { hintsIn, knownKeys } from "./airflow-xcom";

const glueId = `jr_${"a1".repeat(32)}`;
const arn = `arn:aws:ecs:eu-west-1:123456789012:task/etl/${"0f".repeat(16)}`;

it.each([
  ["a Glue run id as JSON text", JSON.stringify(glueId), [{ ref: glueId, owner: null }]],
  ["a Glue retry", `${glueId}_attempt_1`, [{ ref: `${glueId}_attempt_1`, owner: null }]],
  ["details with a quoted job name", { job_run_id: glueId, job_name: "my%20job" }, [{ ref: glueId, owner: "my job" }]],
  ["details as JSON text", JSON.stringify({ job_run_id: glueId, job_name: "load" }), [{ ref: glueId, owner: "load" }]],
  ["details as Python prints them", `{'job_name': 'my%20job', 'job_run_id': '${glueId}'}`, [{ ref: glueId, owner: "my job" }]],
  ["details without a job", `{'job_run_id': '${glueId}'}`, [{ ref: glueId, owner: null }]],
  ["details with a name that is not quoted right", { job_run_id: glueId, job_name: "%E0" }, [{ ref: glueId, owner: "%E0" }]],
  ["details of a run id that is none", "{'job_run_id': 'jr_short'}", []],
  ["a task ARN within a text", `started ${arn} now`, [{ ref: arn, owner: "etl" }]],
  ["another object", "{'other': 1}", []],
  ["a short look-alike", "jr_123", []],
  ["a number", 42, []],
  ["broken JSON text", '{"job_run_id": ', []],
  ["nothing", null, []],
])("%s", (_, value, hints) => {
  expect(hintsIn(value)).toEqual(hints);
});

it("only keys that may name a run are read, the surest first", () => {
  const entries = ["return_value", "other", "ecs_task_arn"].map((key) => ({ key }));
  expect(knownKeys({ xcom_entries: entries })).toEqual(["ecs_task_arn", "return_value"]);
});
