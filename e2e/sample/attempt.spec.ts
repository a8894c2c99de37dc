import { paths } from "@/lib/paths";
import type { ComparedAttempt } from "@/lib/schemas/compare";
import { expect, test } from "../fixtures";
import { explainedFailure } from "./failed-run";
import { wholeHistory } from "./history";

test.beforeAll(() => wholeHistory());

async function failedTry() {
  const { run, comparison } = await explainedFailure();
  const pair = comparison.tasks.find(({ taskId, now, before }) => taskId === run.failure?.taskId && now && before);
  if (!pair || !comparison.with) throw new Error("the failed task has no earlier success");
  const now = pair.now as ComparedAttempt;
  const before = pair.before as ComparedAttempt;
  return {
    run,
    taskId: pair.taskId,
    now,
    place: paths.attemptPage(run, pair.taskId, now.tryNumber, pair.mapIndex),
    earlier: paths.attemptPage(comparison.with, pair.taskId, before.tryNumber, pair.mapIndex),
  };
}

test("the container's facts, its log from error to error by keys, and the same task in the last good run", async ({ signInAs }) => {
  const { place, earlier, now } = await failedTry();
  const page = await signInAs("operator");
  await page.goto(place);
  await expect(page.getByRole("heading", { level: 1 })).toContainText(`Try ${now.tryNumber} failed`);
  await expect(page.getByRole("region", { name: "How it ran" })).toContainText("exit code 137");
  await expect(page.getByRole("region", { name: "Time", exact: true })).toContainText("Image pull");
  await expect(page.getByRole("region", { name: "Size and use" })).toContainText("Memory, peak");
  await expect(page.getByRole("log")).toBeVisible();
  await expect(page.getByRole("button", { name: "Next error" })).toBeEnabled();
  await page.keyboard.press("n");
  await expect(page.getByText(/^error 1 of /)).toBeVisible();
  await page.getByRole("link", { name: "Same task, last good run" }).press("Enter");
  await page.waitForURL((url) => url.pathname === new URL(earlier, url).pathname);
  await expect(page.getByRole("heading", { level: 1 })).toContainText("succeeded");
});

test("each try has its page, and commands for what is shown say that the sample is nowhere in AWS", async ({ context, signInAs }) => {
  const { place, now, run } = await failedTry();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const page = await signInAs("viewer");
  await page.goto(place);
  const commands = page.getByRole("region", { name: "The same by command" });
  await expect(commands).toContainText("AWS holds nothing of it");
  await expect(commands).toContainText(/aws ecs describe-tasks --region eu-west-1 --cluster \S+ --tasks arn:aws:ecs:/);
  await commands.getByRole("button", { name: /^Copy: This page from Penstock/ }).press("Enter");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`/api/attempts/${now.id}`);
  const console = page.getByRole("region", { name: "In the AWS console" });
  await expect(console).toContainText("Sample data");
  await expect(console.getByRole("link")).toHaveCount(0);
  if (now.tryNumber > 1) {
    await page
      .getByRole("navigation", { name: "Tries" })
      .getByRole("link", { name: /^Try 1/ })
      .press("Enter");
    await page.waitForURL((url) => url.pathname.endsWith("/1"));
    await expect(page.getByRole("heading", { level: 1 })).toContainText("Try 1");
  }
  await page.getByRole("link", { name: "In its run" }).press("Enter");
  await page.waitForURL((url) => url.pathname === paths.run(run));
});

test("a try that never was is not found, and a try that is no number neither", async ({ signInAs }) => {
  const { run, taskId } = await failedTry();
  const page = await signInAs("viewer");
  for (const wrong of [paths.attemptPage(run, taskId, 99), `${paths.run(run)}/${taskId}/first`]) {
    await page.goto(wrong);
    await expect(page.getByRole("heading", { level: 1 })).toContainText(/There is no try/);
  }
});
