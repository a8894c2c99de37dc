import type { Page } from "@playwright/test";
import { paths } from "@/lib/paths";
import { RunDetail } from "@/lib/schemas/run";
import { everyLook, expectAccessible, looks } from "../accessible";
import { untilItListens } from "../keyboard";
import { expect, test } from "./penstock";

/** Opens a page and waits until it has answered: its heading stands and nothing of it is still being read. */
async function show(page: Page, path: string): Promise<void> {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1 })).not.toBeEmpty();
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
}

const inEveryLook = (page: Page, path: string) => everyLook(page, () => show(page, path));
const runOf = (environment: string, pipeline: string, runId: string) => ({ environment, pipeline, runId });
const runTabs = ["log", "graph", "inputs", "tables", "cost", "compare", "activity"] as const;

test("without a DAG each list says that there is nothing yet and what comes next", async ({ page, signInAs }) => {
  await signInAs("operator");
  await inEveryLook(page, "/runs?environment=no-dags");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("No run has been seen yet.");
  await expect(page.getByText("A run appears here a few seconds after Airflow has made it.")).toBeVisible();
  await inEveryLook(page, "/pipelines?environment=no-dags");
  await inEveryLook(page, "/?environment=no-dags");
});

test("a DAG that has not run has a page with its schedule, and tabs that say why they are empty", async ({ page, signInAs }) => {
  await signInAs("operator");
  await inEveryLook(page, "/pipelines?environment=no-runs");
  await expect(page.getByRole("link", { name: "just_deployed" })).toBeVisible();
  for (const pipeline of ["just_deployed", "paused_since_birth", "broken_file"])
    await show(page, paths.pipeline("no-runs", pipeline)).then(() => expectAccessible(page, pipeline));
  for (const tab of ["graph", "runs", "calendar", "code"]) {
    await show(page, `${paths.pipeline("no-runs", "just_deployed")}?tab=${tab}`);
    await expectAccessible(page, `${tab} without runs`);
  }
});

test("who may not act finds the buttons with the reason, and Admin is not there", async ({ page, signInAs }) => {
  await signInAs("viewer");
  await inEveryLook(page, paths.pipeline("team-01", "orders"));
  const trigger = page.getByRole("button", { name: "Trigger orders" });
  await expect(trigger).toHaveAttribute("aria-disabled", "true");
  await expect(trigger).toHaveAccessibleDescription("Needs the role operator or higher.");
  await show(page, paths.run(runOf("team-01", "orders", "scheduled")));
  await expect(page.getByRole("button", { name: /^Note/ })).toHaveAttribute("aria-disabled", "true");
  expect((await page.goto(paths.admin))?.status()).toBe(404);
  await expectAccessible(page, "a page that one may not see");
});

test("when nothing answers, what was read last stays with its age and the reason", async ({ page, signInAs }) => {
  await signInAs("operator");
  await inEveryLook(page, "/runs?environment=stale");
  await expect(page.getByText(/Airflow answered last at .*cannot be reached/)).toBeVisible();
  await expect(page.getByRole("row", { name: /orders/ }).first()).toBeVisible();
  await inEveryLook(page, paths.run(runOf("stale", "orders", "manual__open")));
  await expect(page.getByText(/Airflow answered last at .*Tasks may be further along than shown/)).toBeVisible();
  await inEveryLook(page, paths.pipeline("stale", "orders"));
});

test("what one source would have told is named as not known, never as nothing", async ({ page, signInAs }) => {
  await signInAs("operator");
  const run = runOf("without-sources", "orders", "scheduled");
  await inEveryLook(page, paths.run(run));
  await expect(page.getByText("price unknown").first()).toBeVisible();
  for (const tab of runTabs) {
    await show(page, paths.runTab(run, tab));
    await expectAccessible(page, `${tab} without its sources`);
  }
  await inEveryLook(page, paths.attemptPage(run, "load", 1));
  await show(page, paths.compare(run));
  await expectAccessible(page, "a comparison without its sources");
});

test("forty environments are one page: a few notices, a choice, the worst sources first", async ({ page, signInAs, edges }) => {
  await signInAs("operator");
  expect(edges.environments).toHaveLength(40);
  await inEveryLook(page, "/");
  await expect(page.getByRole("button", { name: /^All \d+ sources$/ })).toBeVisible();
  await inEveryLook(page, "/runs");
  await inEveryLook(page, "/pipelines");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto("/runs");
  await page.getByRole("combobox", { name: "Environment" }).selectOption("team-07");
  await expect(page).toHaveURL(/environment=team-07/);
});

for (const kind of ["unbroken", "hostile"] as const) {
  test(`${kind} names of 250 characters are shown within the page and lead where they say`, async ({ page, signInAs, edges }) => {
    test.setTimeout(600_000);
    await signInAs("operator");
    const { environment, [kind]: ids } = edges.longNames;
    const run = runOf(environment, ids.pipeline, ids.runId);
    await inEveryLook(page, `/runs?environment=${environment}`);
    await inEveryLook(page, paths.pipeline(environment, ids.pipeline));
    await inEveryLook(page, paths.run(run));
    await expect(page).toHaveTitle(/./);
    await page.setViewportSize({ width: 360, height: 780 });
    for (const tab of runTabs) {
      await show(page, paths.runTab(run, tab));
      await expectAccessible(page, `${tab} of ${kind} names`);
    }
    for (const tab of ["graph", "runs", "calendar", "code"]) {
      await show(page, `${paths.pipeline(environment, ids.pipeline)}?tab=${tab}`);
      await expectAccessible(page, `${tab} of a pipeline with ${kind} names`);
    }
    await inEveryLook(page, paths.attemptPage(run, ids.taskId, 1));
    await inEveryLook(page, paths.compare(run));
  });
}

test("a run of 5,000 mapped instances opens at once, counts them all and lists them when asked", async ({ page, signInAs }) => {
  await signInAs("operator");
  const run = runOf("mapped", "fan_out", "failed");
  const answer = await page.request.get(`/api/runs/${run.environment}/${run.pipeline}/${run.runId}`);
  const body = await answer.text();
  expect(body.length).toBeLessThan(300_000);
  expect(RunDetail.parse(JSON.parse(body)).folded).toMatchObject([{ taskId: "part", instances: 5_000 }]);
  await inEveryLook(page, paths.run(run));
  await page.setViewportSize({ width: 1440, height: 900 });
  const line = page.getByRole("button", { name: /part × 5,000/ });
  await expect(line).toContainText("6 failed");
  await line.click();
  await expect(page.getByRole("link", { name: /\[17\]/ }).first()).toBeVisible();
  await page.getByRole("button", { name: "List all instances" }).click();
  const list = page.getByRole("table", { name: "Instances of part" });
  await expect(list.getByRole("row")).toHaveCount(101);
  await page.getByRole("button", { name: "100 more" }).click();
  await expect(list.getByRole("row")).toHaveCount(201);
  // One that the answer does not carry is read when the address names it.
  await show(page, paths.attempt(run, "part", 1, 4_000));
  await expect(page.locator("#attempt")).toContainText("part [4000]");
  for (const tab of runTabs) {
    await show(page, paths.runTab(run, tab));
    await expectAccessible(page, `${tab} of 5,000 instances`);
  }
  await show(page, paths.run(runOf("mapped", "fan_out", "open")));
  await expect(page.getByRole("button", { name: /part × 5,000/ })).toContainText("of 5,000");
  await inEveryLook(page, paths.pipeline("mapped", "fan_out"));
});

test("the search finds nothing by a name that is not there, and long names by their beginning", async ({ page, signInAs, edges }) => {
  await signInAs("operator");
  for (const { colorScheme, viewport } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    await show(page, `/runs?environment=${edges.longNames.environment}`);
    await untilItListens(page);
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: "Find" });
    await field.fill(edges.longNames.unbroken.pipeline.slice(0, 40));
    await expect(page.getByRole("dialog", { name: "Find" }).getByRole("option").first()).toBeVisible();
    await expectAccessible(page, `the search in ${colorScheme} at ${viewport.width} px`);
    await field.fill("nothing-has-this-name");
    await expect(page.getByRole("option", { name: "nothing-has-this-name" })).toHaveCount(0);
    await expectAccessible(page, `an empty search in ${colorScheme} at ${viewport.width} px`);
  }
});
