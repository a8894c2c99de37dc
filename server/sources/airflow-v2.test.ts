import { describe, expect, it } from "vitest";
import { pageOf } from "./airflow-answers";
import { airflowV2 } from "./airflow-v2";
import { hintsIn } from "./airflow-xcom";
import { recorded } from "./replay";

const task = { pipeline: "sales_daily", runId: "manual__2026-11-22T16:29:12+00:00", taskId: "load", mapIndex: -1 };
const slice = { offset: 0, limit: 100 };
const span = { from: new Date("2026-11-22T06:00:00Z"), to: null };

describe("Airflow 3 answers become facts", () => {
  it("runs", () => {
    const { items, total } = pageOf(airflowV2.runsChanged(span, slice).read(recorded("airflow-v2-dag-runs")));
    expect(total).toBe(2);
    expect(items.map((run) => [run.pipeline, run.state, run.type])).toEqual([
      ["sales_daily", "success", "manual"],
      ["orders_faults", "failed", "manual"],
    ]);
    expect(items[0]?.startedAt).toBeInstanceOf(Date);
    expect(items[0]?.logicalDate).toBeNull();
    expect(items[1]?.conf).toHaveProperty("fault");
  });

  it("task instances, with no state told as none", () => {
    const answer = recorded("airflow-v2-task-instances") as { task_instances: { state: string | null }[]; total_entries: number };
    const { items } = pageOf(airflowV2.attemptsChanged(span, slice).read(answer));
    expect(items.find((each) => each.taskId === "extract_orders")).toMatchObject({
      pipeline: "sales_daily",
      mapIndex: -1,
      tryNumber: 1,
      state: "success",
      operator: "EcsRunTaskOperator",
    });
    const waiting = { ...answer, task_instances: answer.task_instances.slice(0, 1).map((each) => ({ ...each, state: null })) };
    expect(pageOf(airflowV2.attemptsChanged(span, slice).read(waiting)).items[0]?.state).toBe("none");
  });

  it("tries, DAGs, and a DAG's parameters with their schema", () => {
    expect(pageOf(airflowV2.tries(task).read(recorded("airflow-v2-tries"))).items).toMatchObject([
      { taskId: "load", tryNumber: 1, state: "success", operator: "GlueJobOperator" },
    ]);
    const { items } = pageOf(airflowV2.dags(slice).read(recorded("airflow-v2-dags")));
    expect(items.map((dag) => [dag.pipeline, dag.schedule, dag.isPaused])).toEqual([
      ["fx_rates_hourly", "5 * * * *", false],
      ["orders_faults", null, false],
      ["sales_daily", "15 6 * * *", false],
    ]);
    const details = airflowV2.dagDetails("orders_faults").read(recorded("airflow-v2-dag-details"));
    expect(details).toMatchObject({ pipeline: "orders_faults", version: "1" });
    expect(details.params).toMatchObject([
      { name: "fault", value: "none", schema: { enum: expect.arrayContaining(["exit_137", "db_lock"]) } },
    ]);
  });

  it("leaves a row out that it cannot read, naming the field, and refuses what is no list", () => {
    const { items, rejected } = pageOf(airflowV2.runsChanged(span, slice).read({ dag_runs: [{ dag_id: "x" }], total_entries: 1 }));
    expect([items, rejected]).toEqual([[], [{ id: "x", why: expect.stringMatching(/^dag_run_id:/) }]]);
    expect(() => airflowV2.runsChanged(span, slice).read({ dag_runs: "none", total_entries: 1 })).toThrow(/dag_runs/);
  });
});

describe("Airflow 3 requests", () => {
  it("ask by change, in a total order, and encode ids whole", () => {
    expect(airflowV2.runsChanged(span, { offset: 100, limit: 100 }).request).toEqual({
      method: "GET",
      path: "/dags/~/dagRuns",
      query: { updated_at_gte: "2026-11-22T06:00:00.000Z", limit: 100, offset: 100, order_by: "id" },
    });
    expect(airflowV2.tries({ ...task, mapIndex: 3 }).request.path).toBe(
      "/dags/sales_daily/dagRuns/manual__2026-11-22T16%3A29%3A12%2B00%3A00/taskInstances/load/3/tries",
    );
  });

  it("trigger with an explicit null logical date", () => {
    const { request } = airflowV2.trigger({ pipeline: "sales_daily", runId: "penstock__k", conf: { a: 1 }, note: null });
    expect(request).toEqual({
      method: "POST",
      path: "/dags/sales_daily/dagRuns",
      body: { dag_run_id: "penstock__k", logical_date: null, conf: { a: 1 }, note: null },
    });
  });
});

describe("XComs that name a run", () => {
  const glueId = `jr_${"a1".repeat(32)}`;

  it("as recorded", () => {
    expect(airflowV2.xcomKeys(task).read(recorded("airflow-v2-xcoms-python"))).toEqual(["return_value"]);
    expect(airflowV2.xcom(task, "return_value").read(recorded("airflow-v2-xcom-return-value"))).toEqual([
      { ref: expect.stringMatching(/^jr_[0-9a-f]{64}$/), owner: null },
    ]);
    expect(airflowV2.xcom(task, "glue_job_run_details").read(recorded("airflow-v2-xcom-glue-details"))).toEqual([
      { ref: expect.stringMatching(/^jr_/), owner: "penstock-load" },
    ]);
    expect(airflowV2.xcom(task, "ecs_task_arn").read(recorded("airflow-v2-xcom-ecs-task-arn"))).toEqual([
      { ref: expect.stringMatching(/^arn:aws:ecs:/), owner: "penstock" },
    ]);
  });

  it.each([
    ["a Glue run id as JSON text", JSON.stringify(glueId), [{ ref: glueId, owner: null }]],
    ["a Glue retry", `${glueId}_attempt_1`, [{ ref: `${glueId}_attempt_1`, owner: null }]],
    ["details with a quoted job name", { job_run_id: glueId, job_name: "my%20job" }, [{ ref: glueId, owner: "my job" }]],
    [
      "a task ARN within a text",
      `started arn:aws:ecs:eu-west-1:123456789012:task/etl/${"0f".repeat(16)} now`,
      [{ ref: `arn:aws:ecs:eu-west-1:123456789012:task/etl/${"0f".repeat(16)}`, owner: "etl" }],
    ],
    ["a short look-alike", "jr_123", []],
    ["a number", 42, []],
    ["broken JSON text", '{"job_run_id": ', []],
    ["nothing", null, []],
  ])("%s", (_, value, hints) => {
    expect(hintsIn(value)).toEqual(hints);
  });
});
