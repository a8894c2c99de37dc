import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AttemptDetail } from "@/lib/schemas/attempt";
import { getAttempt } from "./attempts";
import { ledger } from "./ledger/db";
import { ecsTask } from "./ledger/schema";
import { taskDefinition } from "./ledger/schema-aws";
import { configure } from "./testing/configuration";
import { givenAttempt, givenEcsTask, givenGlueRun, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const { viewer } = people;

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(() => ledger().execute("truncate run, attempt, ecs_task, glue_run, task_definition"));
afterAll(() => server.remove());

describe("an attempt's container", () => {
  const definition = (image: string) => ({
    cpuUnits: 512,
    memoryMib: 1024,
    ephemeralGib: null,
    architecture: "x86_64",
    taskRole: "extractor",
    executionRole: "pull",
    containers: [
      {
        name: "extractor",
        image,
        isEssential: true,
        cpuUnits: null,
        memoryMib: null,
        entryPoint: [],
        command: [],
        environment: { TOKEN: "(not kept)" },
        secretNames: [],
        logDriver: null,
        logOptions: {},
      },
    ],
  });
  const known = (name: string, image: string) =>
    ledger()
      .insert(taskDefinition)
      .values({ environment: "local", name, definition: definition(image), seenAt: new Date() });
  const tried = async (runId: string, minutes: number, state: string, revision: string | null) => {
    const startedAt = new Date(Date.now() - minutes * 60_000);
    await givenRun({ runId, startedAt, sortAt: startedAt });
    const row = await givenAttempt({ runId, startedAt, state });
    if (revision) await givenEcsTask({ attemptId: row.id, taskDefinition: revision });
    return row;
  };

  test("is compared with the last success of its task, not with the failure between", async () => {
    await known("extractor:41", "extractor:41");
    await known("extractor:42", "extractor:42");
    await tried("oldest", 200, "success", "extractor:41");
    const first = await tried("good", 100, "success", "extractor:41");
    await tried("bad", 50, "failed", "extractor:42");
    const row = await tried("now", 10, "failed", "extractor:42");
    const { container } = AttemptDetail.parse(await getAttempt(viewer, row.id));
    expect(container?.comparison).toEqual({
      runId: first.runId,
      tryNumber: 1,
      wasSuccess: true,
      taskDefinition: "extractor:41",
      changes: [{ what: "image", before: "extractor:41", now: "extractor:42" }],
    });
  });

  test("is compared with the attempt before it when none went well, and with none when it is the first", async () => {
    await known("extractor:42", "extractor:42");
    const first = await tried("first", 50, "failed", "extractor:42");
    const second = await tried("second", 10, "failed", "extractor:42");
    expect((await getAttempt(viewer, second.id)).container?.comparison).toMatchObject({ runId: "first", wasSuccess: false, changes: [] });
    expect((await getAttempt(viewer, first.id)).container?.comparison).toBeNull();
  });

  test("says that a revision nobody read leaves the changes unknown, and what CloudWatch said or did not", async () => {
    await tried("good", 100, "success", "extractor:40");
    const row = await tried("now", 10, "failed", "extractor:42");
    const before = AttemptDetail.parse(await getAttempt(viewer, row.id));
    expect(before.container).toMatchObject({ usage: null, comparison: { changes: null } });
    await ledger()
      .update(ecsTask)
      .set({ usage: { notCollected: "turn on Container Insights" } });
    expect(AttemptDetail.parse(await getAttempt(viewer, row.id)).container?.usage).toEqual({ notCollected: "turn on Container Insights" });
  });

  test("of Glue tells its DPU-seconds as metered or as computed, the kind of its error, and its Spark", async () => {
    await givenRun();
    const row = await givenAttempt({ operator: "GlueJobOperator", state: "failed" });
    const errorMessage = "Error Category: QUERY_ERROR; AnalysisException: no such column";
    await givenGlueRun({
      attemptId: row.id,
      state: "FAILED",
      errorMessage,
      metrics: { notCollected: "start the job with --enable-metrics" },
    });
    const { attempt, spark, container } = AttemptDetail.parse(await getAttempt(viewer, row.id));
    expect(attempt.glueRun).toMatchObject({ errorCategory: "QUERY_ERROR", dpuSeconds: null, dpuSecondsComputed: 150 });
    expect([spark, container]).toEqual([{ metrics: { notCollected: "start the job with --enable-metrics" } }, null]);
  });
});
