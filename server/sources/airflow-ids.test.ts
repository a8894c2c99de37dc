import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyId, recordedLongIds } from "@/server/testing/ids";
import { pageOf } from "./airflow-answers";
import { UnsendableId } from "./airflow-paths";
import { airflowV1 } from "./airflow-v1";
import { airflowV2 } from "./airflow-v2";

const slice = { offset: 0, limit: 100 };
const span = { from: new Date(0), to: null };
const run = { state: "success", run_type: "manual", conf: {} };
const instance = { map_index: -1, try_number: 1, state: "success" };
const cannotBeSent = (id: string) => [".", "..", "~"].includes(id);

describe.each([
  ["before 2.10", airflowV1({ hasTries: false })],
  ["of Airflow 2", airflowV1({ hasTries: true })],
  ["of Airflow 3", airflowV2],
])("ids %s", (_, adapter) => {
  it("are each one segment of every path, or the path is not made", () => {
    fc.assert(
      fc.property(anyId, anyId, anyId, fc.integer({ min: -1, max: 5 }), (pipeline, runId, taskId, mapIndex) => {
        const task = { pipeline, runId, taskId, mapIndex };
        const paths = () => [
          adapter.run(pipeline, runId).request.path,
          adapter.tries(task).request.path,
          adapter.xcom(task, "return_value").request.path,
        ];
        if ([pipeline, runId, taskId].some(cannotBeSent)) {
          expect(paths).toThrow(UnsendableId);
          return;
        }
        // As whoever stands between resolves it.
        const found = paths().map((path) => new URL(`http://airflow/api${path}`).pathname.split("/").map(decodeURIComponent).slice(3, 8));
        const at = ["dagRuns", runId, "taskInstances", taskId];
        expect(found).toEqual([at.slice(0, 2), at, at].map((rest) => [pipeline, ...rest]));
      }),
      { numRuns: 3_500 },
    );
  });

  it("come out of an answer as they are", () => {
    fc.assert(
      fc.property(anyId, anyId, anyId, (dag_id, dag_run_id, task_id) => {
        const wire = <T>(value: T) => JSON.parse(JSON.stringify(value)) as T;
        const runs = pageOf(adapter.runsChanged(span, slice).read(wire({ dag_runs: [{ ...run, dag_id, dag_run_id }], total_entries: 1 })));
        expect(runs.items).toMatchObject([{ pipeline: dag_id, runId: dag_run_id }]);
        const row = { ...instance, dag_id, dag_run_id, task_id };
        const attempts = pageOf(adapter.attemptsChanged(span, slice).read(wire({ task_instances: [row], total_entries: 1 })));
        expect(attempts.items).toMatchObject([{ pipeline: dag_id, runId: dag_run_id, taskId: task_id }]);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each([
    ["a NUL", "a\0b", /^dag_run_id: holds a NUL/],
    ["half a character", "a\ud800b", /^dag_run_id: holds a NUL or half/],
    ["nothing", "", /^dag_run_id/],
    ["251 characters", "\u{1f600}".repeat(251), /^dag_run_id: is longer than 250/],
    ["a number", 7, /^dag_run_id/],
  ])("that hold %s keep no other row from being read", (_what, dag_run_id, why) => {
    const rows = [
      { ...run, dag_id: "d", dag_run_id },
      { ...run, dag_id: "d", dag_run_id: "good" },
    ];
    const { items, rejected } = pageOf(adapter.runsChanged(span, slice).read({ dag_runs: rows, total_entries: 2 }));
    expect(items).toMatchObject([{ runId: "good" }]);
    expect(rejected).toEqual([{ id: expect.stringMatching(/^d(\/|$)/), why: expect.stringMatching(why) }]);
    expect(rejected[0]?.id).not.toMatch(/\0|\p{Surrogate}/u);
  });

  it("whose bytes no index of the ledger holds are left out, and Airflow's own longest are not", () => {
    const long = Array.from({ length: 250 }, (_each, index) => String.fromCodePoint(0x1f300 + index)).join("");
    const rows = [
      { ...instance, dag_id: long, dag_run_id: long, task_id: long },
      ...recordedLongIds().map(({ pipeline, runId, taskId }) => ({ ...instance, dag_id: pipeline, dag_run_id: runId, task_id: taskId })),
    ];
    const { items, rejected } = pageOf(adapter.attemptsChanged(span, slice).read({ task_instances: rows, total_entries: rows.length }));
    expect(items.map(({ pipeline, runId, taskId }) => ({ pipeline, runId, taskId }))).toEqual(recordedLongIds());
    expect(rejected).toMatchObject([{ why: expect.stringContaining("longer than the ledger can index") }]);
  });
});
