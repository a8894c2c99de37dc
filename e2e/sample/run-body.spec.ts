import type { Page } from "@playwright/test";
import { paths } from "@/lib/paths";
import { RunDetail, RunPage } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { call } from "../api";
import { expect, test } from "../fixtures";
import { wholeHistory } from "./history";

test.beforeAll(() => wholeHistory());

/** The newest run of a pipeline that a test of its attempts holds for. */
async function runWith(pipeline: string, isWanted: (run: RunDetail) => boolean): Promise<RunDetail> {
  const page = RunPage.parse(await (await call("viewer", `/api/runs?environment=${sample}&pipeline=${pipeline}&limit=25`)).json());
  for (const { environment, runId } of page.items) {
    const path = `/api/runs/${environment}/${pipeline}/${encodeURIComponent(runId)}`;
    const run = RunDetail.parse(await (await call("viewer", path)).json());
    if (isWanted(run)) return run;
  }
  throw new Error(`none of the newest runs of ${pipeline} is like that`);
}

const isOver = ({ run }: RunDetail) => run.endedAt !== null;
const hasMapped = (detail: RunDetail) => isOver(detail) && detail.attempts.filter(({ mapIndex }) => mapIndex >= 0).length > 3;
const hasContainer = (detail: RunDetail) => isOver(detail) && detail.attempts.some(({ ecsTask }) => ecsTask !== null);

const tasks = (page: Page) => page.getByRole("list", { name: "Tasks in order of start" });
const axis = (page: Page) => page.locator(".gantt .axis");

/** Tab until what has the focus is inside of it. */
async function tabInto(page: Page, within: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((selector) => document.activeElement?.closest(selector) !== null, within)) return;
  }
  throw new Error(`Tab does not come to ${within}`);
}

test("the time line is walked by keyboard: one stop of Tab, a mapped task opens and closes, Enter shows the attempt", async ({
  signInAs,
}) => {
  const { run } = await runWith("web_events_sessions", hasMapped);
  const page = await signInAs("viewer");
  await page.goto(paths.run(run));
  const fold = tasks(page).getByRole("button", { name: /sessionise/ });
  await expect(fold).toHaveAttribute("aria-expanded", "false");
  await tabInto(page, ".gantt ul");
  await page.keyboard.press("Home");
  await expect(tasks(page).getByRole("link", { name: /list_shards/ })).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(fold).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(fold).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowDown");
  const first = tasks(page).getByRole("link", { name: /\[0\]/ });
  await expect(first).toBeFocused();
  await expect(page.locator(".gantt ul [tabindex='0']")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/task=sessionise.*map=0/);
  await expect(first).toHaveAttribute("aria-current", "true");
  await expect(page.getByRole("region", { name: /sessionise \[0\]/ })).toBeVisible();
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowLeft");
  await expect(fold).toHaveAttribute("aria-expanded", "false");
});

test("the time line zooms by keys and by dragging, fits again, and says the same as a table", async ({ signInAs }) => {
  const { run, attempts } = await runWith("web_events_sessions", hasMapped);
  const page = await signInAs("viewer");
  await page.goto(paths.run(run));
  await expect(tasks(page)).toBeVisible();
  const whole = (await axis(page).textContent()) ?? "";
  await tabInto(page, ".gantt ul");
  await page.keyboard.press("+");
  await expect(axis(page)).not.toHaveText(whole);
  await page.keyboard.press("0");
  await expect(axis(page)).toHaveText(whole);

  const bar = await tasks(page).locator(".bar").first().boundingBox();
  if (!bar) throw new Error("no line is drawn");
  const url = page.url();
  await page.mouse.move(bar.x + bar.width * 0.25, bar.y + bar.height / 2);
  await page.mouse.down();
  await page.mouse.move(bar.x + bar.width * 0.5, bar.y + bar.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(axis(page)).not.toHaveText(whole);
  expect(page.url(), "a drag over a line does not open it").toBe(url);
  await page.getByRole("button", { name: "Fit" }).click();
  await expect(axis(page)).toHaveText(whole);

  await page.getByRole("button", { name: "Table", exact: true }).click();
  await expect(page.getByRole("table", { name: "Tries of the tasks" }).getByRole("row")).toHaveCount(Math.min(100, attempts.length) + 1);
  await expect(page.getByRole("img", { name: /^\d+ tasks: / })).toBeVisible();
});

test("idle time between tries is drawn short when one asks for it", async ({ signInAs }) => {
  const { run } = await runWith(
    "web_events_sessions",
    (detail) => isOver(detail) && detail.attempts.some(({ tryNumber }) => tryNumber > 1),
  );
  const page = await signInAs("viewer");
  await page.goto(paths.run(run));
  const hide = page.getByRole("button", { name: /^Hide idle/ });
  await hide.focus();
  await page.keyboard.press("Space");
  await expect(hide).toHaveAttribute("aria-pressed", "true");
  await expect(page.locator(".gantt .gap").first()).toBeAttached();
  await page.keyboard.press("Space");
  await expect(page.locator(".gantt .gap")).toHaveCount(0);
});

const parts: [string, string, RegExp][] = [
  ["Log", "log", /Log of the run/],
  ["Graph", "graph", /^Graph/],
  ["Inputs and outputs", "inputs", /What the run was given/],
  ["Tables written", "tables", /Tables written/],
  ["Cost", "cost", /^Cost/],
  ["Compare", "compare", /What differs/],
  ["Activity", "activity", /Activity/],
];

test("arrow keys open each part of a run, and its address opens it again", async ({ signInAs }) => {
  const { run } = await runWith("cart_events", hasContainer);
  const page = await signInAs("viewer");
  await page.goto(paths.run(run));
  await page.getByRole("tab", { name: "Tasks" }).focus();
  for (const [name, id, title] of parts) {
    await page.keyboard.press("ArrowRight");
    await expect(page.getByRole("tab", { name, exact: true })).toBeFocused();
    await expect(page).toHaveURL(new RegExp(`tab=${id}`));
    await expect(page.getByRole("region", { name: title }).first()).toBeVisible();
  }
  await page.reload();
  await expect(page.getByRole("tab", { name: "Activity", exact: true })).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Tab");
  await page.getByRole("tab", { name: "Activity", exact: true }).focus();
  await page.keyboard.press("Home");
  await expect(tasks(page)).toBeVisible();
  await expect(page).not.toHaveURL(/tab=/);
});

test("the facts of a task's container are a walk and an Enter away", async ({ signInAs }) => {
  const { run, attempts } = await runWith("cart_events", hasContainer);
  const taskId = attempts.find(({ ecsTask }) => ecsTask !== null)?.taskId ?? "";
  const page = await signInAs("viewer");
  await page.goto(paths.run(run));
  const line = tasks(page).getByRole("link", { name: new RegExp(taskId) });
  await tabInto(page, ".gantt ul");
  await page.keyboard.press("Home");
  for (let steps = 0; steps < attempts.length && !(await line.evaluate((element) => element === document.activeElement)); steps += 1)
    await page.keyboard.press("ArrowDown");
  await expect(line).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`task=${taskId}`));
  await expect(page.getByRole("region", { name: new RegExp(taskId) })).toContainText(/Fargate/);
});
