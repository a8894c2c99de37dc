import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { bothHands, findsOutWhy } from "../engineer";
import { test } from "../fixtures";
import { explainedFailure } from "./failed-run";
import { wholeHistory } from "./history";

test.beforeAll(() => wholeHistory());

for (const by of bothHands)
  test(`from a shared list of failures to the cause, what changed and the last good run; by ${by}`, async ({ page }) => {
    const { run } = await explainedFailure();
    const list = `/runs?${new URLSearchParams({ environment: sample, state: "failed", pipeline: run.pipeline })}`;
    const facts = { taskId: run.failure?.taskId ?? "", failure: /Out of memory/, proof: /memory|137/i, fact: /exit code 137/ };
    await findsOutWhy(page, by, { run, ...facts }, list);
  });
