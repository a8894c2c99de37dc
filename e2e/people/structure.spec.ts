import { apiPaths } from "@/lib/paths";
import { AttemptInputs, PipelineStructure, WhyQueued } from "@/lib/schemas/structure";
import { call, ENVIRONMENT, readRun, runEnded, triggerOk } from "../api";
import { expect, test } from "../fixtures";

const read = async (path: string) => (await call("viewer", path)).json();

test("a pipeline's tasks, file and version are Airflow's own, and a run says which version it was", async () => {
  const path = apiPaths.structure(ENVIRONMENT, "orders_faults");
  const structure = async () => PipelineStructure.parse(await read(path));
  await expect.poll(async () => (await structure()).tasks.length, { timeout: 120_000 }).toBe(4);
  const { version, tasks, code, versions } = await structure();
  expect(tasks.find(({ taskId }) => taskId === "load")?.upstream).toEqual(["extract", "lock_held"]);
  expect(code).toContain("# orders_faults");
  expect(versions[0]).toMatchObject({ version, isCurrent: true });
  const runId = await triggerOk("orders_faults", { fault: "image_not_found" });
  await runEnded("orders_faults", runId, "failed");
  expect((await readRun("orders_faults", runId))?.run.dagVersion).toBe(version);
});

test("what a try was given and handed on is read when somebody looks, and nothing of an ended run waits", async () => {
  const runId = await triggerOk("orders_faults", { fault: "image_not_found" });
  await runEnded("orders_faults", runId, "failed");
  const attempt = (await readRun("orders_faults", runId))?.attempts.find(({ taskId }) => taskId === "extract");
  const { rendered, reason } = AttemptInputs.parse(await read(apiPaths.attemptInputs(attempt?.id ?? "")));
  expect(reason).toBeNull();
  expect(rendered?.find(({ name }) => name === "cluster")?.value).toBe("penstock");
  const why = WhyQueued.parse(await read(apiPaths.runWhy({ environment: ENVIRONMENT, pipeline: "orders_faults", runId })));
  expect(why.reasons).toEqual([]);
});
