import { randomUUID } from "node:crypto";
import { paths } from "@/lib/paths";
import type { RunId } from "@/lib/schemas/run";
import { airflow } from "../airflow";
import { ENVIRONMENT, pollRun, runEnded, triggerOk } from "../api";
import { bothHands, findsOutWhy } from "../engineer";
import { expect, test } from "../fixtures";
import { pressUntilFocused } from "../keyboard";

const pipeline = "orders_faults";
let failed: RunId;

test.describe("a run that failed after a good one", () => {
  test.beforeAll(async () => {
    test.setTimeout(600_000);
    await runEnded(pipeline, await triggerOk(pipeline, { fault: "none" }), "success");
    const runId = await triggerOk(pipeline, { fault: "exit_137" });
    await runEnded(pipeline, runId, "failed");
    await expect
      .poll(async () => (await pollRun(pipeline, runId))?.failure?.class, { timeout: 60_000, intervals: [1_000] })
      .toBe("out_of_memory");
    failed = { environment: ENVIRONMENT, pipeline, runId };
  });

  for (const by of bothHands)
    test(`an engineer finds it in one press and its cause in none, what changed in one, and the last good run; by ${by}`, async ({
      page,
    }) => {
      const facts = { taskId: "extract", failure: /out of memory/i, proof: /OutOfMemoryError|exit code 137/i, fact: /exit code 137/ };
      await findsOutWhy(page, by, { run: failed, ...facts });
    });
});

const pause = (isPaused: boolean) => airflow("PATCH", `/dags/${pipeline}?update_mask=is_paused`, { is_paused: isPaused });

test.describe("a run that waits", () => {
  test.afterEach(() => pause(false));

  test("an engineer learns by keyboard what a queued run waits for, and sees it go on without a reload", async ({ signInAs }) => {
    const runId = `waits__${randomUUID()}`;
    await pause(true);
    await airflow("POST", `/dags/${pipeline}/dagRuns`, { dag_run_id: runId, logical_date: null, conf: { fault: "image_not_found" } });
    await expect.poll(async () => (await pollRun(pipeline, runId))?.run.state, { timeout: 120_000, intervals: [1_000] }).toBe("queued");

    const page = await signInAs("operator");
    await page.goto(paths.run({ environment: ENVIRONMENT, pipeline, runId }));
    const why = page.getByRole("region", { name: "Why is it still queued?" });
    await expect(why).toContainText(/paused/, { timeout: 120_000 });
    await pressUntilFocused(page, why.locator("summary"));
    await page.keyboard.press("Enter");
    await expect(
      why
        .getByRole("listitem")
        .filter({ hasText: /paused/ })
        .first(),
    ).toBeVisible();

    let reloads = 0;
    page.on("load", () => {
      reloads += 1;
    });
    await pause(false);
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Failed", { timeout: 240_000 });
    expect(reloads, "the page is live: nobody reloaded it").toBe(0);
  });
});
