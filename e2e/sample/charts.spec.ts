import type { Locator } from "@playwright/test";
import { apiPaths, paths } from "@/lib/paths";
import { ClockPage, PipelineCalendar } from "@/lib/schemas/clock";
import { PipelinePage } from "@/lib/schemas/pipeline";
import { RunPage } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { Status } from "@/lib/schemas/status";
import { PipelineStructure } from "@/lib/schemas/structure";
import { TableDetail } from "@/lib/schemas/table";
import { expect, test } from "../fixtures";
import { explainedFailure } from "./failed-run";
import { attemptDetail, read, runDetail, wholeHistory } from "./history";

test.beforeAll(() => wholeHistory());

const unitSeconds: Record<string, number> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const secondsOf = (text: string) =>
  [...text.matchAll(/([\d.]+) ([smhd])\b/g)].reduce((sum, [, value, unit]) => sum + Number(value) * (unitSeconds[unit ?? ""] ?? NaN), 0);
const figure = (text: string | undefined) => Number(text?.replaceAll(",", ""));
const nameOf = async (element: Locator) => (await element.getAttribute("aria-label")) ?? "";

/** The text says this duration; from an hour on it leaves the seconds out. */
function expectDuration(text: string | undefined, ms: number | null | undefined) {
  const off = Math.abs(secondsOf(text ?? "") * 1_000 - (ms ?? NaN));
  expect(off, `${text} for ${ms} ms`).toBeLessThanOrEqual((ms ?? 0) < 3_600_000 ? 600 : 60_000);
}

/** The time of day of an instant, after the day where it is not today. */
const timeOf = (at: string | null | undefined, length: 5 | 8 = 8) => `(\\S+ \\d+ \\S+, )?${at?.slice(11, 11 + length)}`;

async function failedTask() {
  const { run, comparison } = await explainedFailure();
  const pair = comparison.tasks.find(({ taskId, now }) => taskId === run.failure?.taskId && now);
  if (!pair?.now) throw new Error("the failed task has no try");
  return { run, comparison, pair, now: pair.now };
}

test("Gantt: every bar says when each try began and what it spent its time on, as the table does, and the chart which tasks made the run so long", async ({
  signInAs,
}) => {
  const { run } = await failedTask();
  const { attempts } = await runDetail(run);
  const page = await signInAs("viewer");
  await page.goto(paths.run(run));
  const lines = page.getByRole("list", { name: "Tasks in order of start" });
  await page.getByRole("button", { name: "Table", exact: true }).press("Enter");
  const rows = page.getByRole("table", { name: "Tries of the tasks" }).getByRole("row");
  await expect(rows).toHaveCount(attempts.length + 1);
  for (const row of (await rows.all()).slice(1)) {
    const [task = "", , tryNumber, , waited, pulled, ran, usual] = await row.getByRole("cell").allInnerTexts();
    const [taskId = ""] = task.split("\n");
    const tries = attempts.filter((each) => each.taskId === taskId);
    const attempt = tries.find((each) => each.tryNumber === Number(tryNumber));
    const bar = lines.getByRole("link", { name: new RegExp(`\\b${taskId}\\b`) }).getByRole("img");
    const parts = Object.entries({ waited, "pulled its image": pulled, ran }).filter(([, took]) => took !== "–");
    const begun = `from ${timeOf(attempt?.queuedAt ?? attempt?.startedAt)}: ${parts.map((part) => part.join(" ")).join(", ")}`;
    const which = tries.length > 1 ? `try ${tryNumber} ${attempt?.state}, ` : "";
    await expect(bar).toHaveAccessibleName(parts.length === 0 ? "not begun" : new RegExp(`(^|; )${which}${begun}(;|$)`));
    if (parts.length > 0 && usual !== "unknown") await expect(bar).toHaveAccessibleName(new RegExp(`; usually runs ${usual}$`));
  }

  const chart = page.getByRole("img", { name: new RegExp(`^${new Set(attempts.map(({ taskId }) => taskId)).size} tasks: `) });
  const [, took, path = ""] = (await nameOf(chart)).match(/It took (.+?)\. Its length came from (.+?)\. Drawn from/) ?? [];
  expectDuration(took, run.durationMs);
  const names = path.split(", then ");
  await expect(lines.getByRole("link", { name: "on the longest path" })).toHaveCount(names.length);
  for (const name of names) await expect(lines.getByRole("link", { name: new RegExp(`\\b${name} on the longest path`) })).toHaveCount(1);

  const whole = await nameOf(chart);
  await page.getByRole("button", { name: "Zoom in" }).press("Enter");
  await expect(chart).not.toHaveAccessibleName(whole);
  const [, from, to] = (await nameOf(chart)).match(/Drawn from (\S+) to (\S+)\.$/) ?? [];
  await expect(chart).toHaveText(new RegExp(`^${from}.+${to}$`));
});

test("Gantt: a mapped task that is closed says from when to when its instances ran", async ({ signInAs }) => {
  const { items } = await read(RunPage, `/api/runs?environment=${sample}&pipeline=web_events_sessions&state=success&limit=1`);
  const [run] = items;
  if (!run) throw new Error("web_events_sessions never ran well");
  const attempts = (await runDetail(run)).attempts.filter(({ mapIndex }) => mapIndex >= 0);
  const began = attempts
    .flatMap(({ ecsTask, glueRun, startedAt }) => ecsTask?.startedAt ?? glueRun?.startedAt ?? startedAt ?? [])
    .sort()[0];
  const ended = attempts
    .flatMap(({ endedAt }) => endedAt ?? [])
    .sort()
    .at(-1);
  const page = await signInAs("viewer");
  await page.goto(paths.run(run));
  const bar = page
    .getByRole("list", { name: "Tasks in order of start" })
    .getByRole("button", { name: /sessionise/ })
    .getByRole("img");
  await expect(bar).toHaveAccessibleName(new RegExp(`^ran from ${timeOf(began)} to ${timeOf(ended)}(, on the longest path)?$`));
});

test("attempt: what share of its memory and processor it used, and where its time went, are the figures beside", async ({ signInAs }) => {
  const { run, pair, now } = await failedTask();
  const usage = (await attemptDetail(now.id)).container?.usage;
  if (!usage || !("of" in usage)) throw new Error("what the container used is not known");
  const page = await signInAs("viewer");
  await page.goto(paths.attemptPage(run, pair.taskId, now.tryNumber, pair.mapIndex));
  const use = page.getByRole("region", { name: "Size and use" });
  await expect(use.getByRole("img").first()).toHaveAccessibleName(`${usage.memoryMaxPercent} % of what it had, near its limit`);
  await expect(use.getByRole("img").last()).toHaveAccessibleName(`${usage.cpuMaxPercent} % of what it had`);
  const [, most, size] = (await use.textContent())?.match(/Memory, peak([\d,]+) of ([\d,]+) MB/) ?? [];
  expect(Math.abs((figure(most) / figure(size)) * 100 - (usage.memoryMaxPercent ?? NaN))).toBeLessThan(1);

  const time = page.getByRole("region", { name: "Time", exact: true });
  const values = await time.getByRole("definition").allInnerTexts();
  const parts = (await time.getByRole("term").allInnerTexts()).map((name, place) => `${name.toLowerCase()} ${values[place]}`);
  expect(parts.length).toBeGreaterThan(2);
  await expect(time.getByRole("img")).toHaveAccessibleName(parts.filter((part) => !part.endsWith("unknown")).join(", "));
});

test("cost: the share of each try is its cost in the total", async ({ signInAs }) => {
  const { run } = await failedTask();
  const page = await signInAs("viewer");
  await page.goto(paths.runTab(run, "cost"));
  const rows = await page.getByRole("table", { name: "Cost of each try" }).getByRole("row").all();
  const costs = await Promise.all(rows.map(async (row) => (await row.textContent())?.match(/\$([\d.]+)/)?.[1]));
  const total = Number(costs.at(-1));
  expect(total).toBeGreaterThan(0);
  // Each figure in the table is rounded.
  const exact = 0.1 + (0.0001 / total) * 100;
  let shares = 0;
  for (const [place, row] of rows.entries()) {
    if (place === 0 || place === rows.length - 1) continue;
    const said = await nameOf(row.getByRole("img"));
    const cost = costs[place];
    if (cost === undefined) expect(said).toBe("none of what is known");
    else expect(Math.abs(Number.parseFloat(said) - (Number(cost) / total) * 100), `${said} for ${cost} of ${total}`).toBeLessThan(exact);
    shares += Number.parseFloat(said) || 0;
  }
  expect(Math.abs(shares - 100)).toBeLessThan(1);
});

test("compare: both durations of a task are said, also of a try that failed", async ({ signInAs }) => {
  const { run, comparison } = await failedTask();
  const page = await signInAs("viewer");
  await page.goto(paths.compare(run));
  const rows = page.getByRole("table", { name: "Tasks of both runs" }).getByRole("row");
  for (const { taskId, mapIndex, before, now } of comparison.tasks.filter(({ isAlike }) => !isAlike)) {
    const name = mapIndex >= 0 ? `${taskId} [${mapIndex}]` : taskId;
    const pair = rows.filter({ has: page.getByRole("link", { name, exact: true }) }).getByRole("img");
    await expect(pair).toHaveAccessibleName(/ in the other run, .+ in this one$/);
    const said = (await nameOf(pair)).split(" in the other run, ");
    for (const [place, attempt] of [before, now].entries())
      if (attempt?.durationMs == null) expect(said[place]).toContain("unknown");
      else expectDuration(said[place], attempt.durationMs);
  }
});

test("runs: each bar says whether the run was longer or shorter than usual, beside what is usual", async ({ signInAs }) => {
  const { items } = await read(RunPage, `/api/runs?environment=${sample}&state=success&limit=25`);
  const judged = items
    .slice(0, 12)
    .flatMap(({ usual, durationMs, ...run }) => (usual && durationMs !== null ? [{ ...run, usual, durationMs }] : []))
    .map((run) => ({
      ...run,
      said:
        run.durationMs > run.usual.p90Ms
          ? "longer than usual"
          : run.durationMs < run.usual.p50Ms
            ? "shorter than usual"
            : "as long as usual",
    }));
  expect(judged.length).toBeGreaterThan(3);
  const page = await signInAs("viewer");
  await page.goto(`/runs?environment=${sample}&state=success`);
  for (const { pipeline, runId, usual, durationMs, said } of judged) {
    const row = page
      .getByRole("row")
      .filter({ has: page.getByRole("checkbox", { name: `Choose ${pipeline}, run ${runId}`, exact: true }) });
    await expect(row.getByRole("img")).toHaveAccessibleName(said);
    const [, took, half, most] =
      (await row.getByRole("cell", { name: ", usually " }).textContent())?.match(/^(.+), usually (.+) to (.+)$/) ?? [];
    expectDuration(took, durationMs);
    expectDuration(half, usual.p50Ms);
    expectDuration(most, usual.p90Ms);
  }
  const [first] = judged;
  if (!first) return;
  await page.goto(paths.run(first));
  await expect(page.getByRole("img", { name: first.said })).toHaveCount(1);
});

test("pipelines: the water line says how many of the last runs failed and how long ago, the strip how each of them went", async ({
  signInAs,
}) => {
  const { items } = await read(PipelinePage, `${apiPaths.pipelines}?environment=${sample}`);
  const [found] = items
    .filter(
      ({ recentRuns }) =>
        recentRuns.some(({ state }) => state === "failed") && recentRuns.every(({ state }) => state === "success" || state === "failed"),
    )
    .sort((a, b) => (b.nextRunAt ?? "").localeCompare(a.nextRunAt ?? ""));
  if (!found) throw new Error("no pipeline failed lately");
  const { pipeline, recentRuns } = found;
  const failed = recentRuns.filter(({ state }) => state === "failed").length;
  const since = recentRuns.findIndex(({ state }) => state === "failed");
  const page = await signInAs("viewer");
  await page.goto(`/pipelines?environment=${sample}`);
  const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: pipeline, exact: true }) });
  await expect(row.getByRole("img")).toHaveAccessibleName(
    `Last ${recentRuns.length} runs: ${failed} failed, ${since === 0 ? "the newest too" : `none of the newest ${since}`}`,
  );

  await row.getByRole("link", { name: pipeline, exact: true }).press("Enter");
  const strip = page.getByRole("navigation", { name: new RegExp(`^Durations of the last ${recentRuns.length} runs: ${failed} failed`) });
  await expect(strip.getByRole("link")).toHaveCount(recentRuns.length);
  for (const [place, { state, durationMs }] of recentRuns.toReversed().entries()) {
    const said = await nameOf(strip.getByRole("link").nth(place));
    expect(said).toContain(state === "failed" ? ": Failed after " : ": Succeeded after ");
    expectDuration(said.split(" after ")[1], durationMs);
  }
});

test("grid: the column of a failed run and the cell of the task that failed in it say so", async ({ signInAs }) => {
  const { run, now } = await failedTask();
  const { items } = await read(RunPage, `/api/runs?environment=${sample}&pipeline=${run.pipeline}&limit=50`);
  const place = items.findIndex(({ runId }) => runId === run.runId);
  const page = await signInAs("viewer");
  await page.goto(paths.pipeline(sample, run.pipeline));
  const grid = page.getByRole("grid", { name: /newest at the right/ });
  // Three columns of figures stand to the right of the newest run.
  const column = grid.getByRole("columnheader").nth(-4 - place);
  await expect(column).toHaveAccessibleName(/: Failed after /);
  expectDuration((await nameOf(column)).split(" after ")[1], run.durationMs);
  const at = Number(await column.getAttribute("aria-colindex"));
  const row = grid.getByRole("row").filter({ has: page.getByRole("rowheader", { name: run.failure?.taskId ?? "none", exact: true }) });
  const cells = await Promise.all(
    (await row.getByRole("gridcell").all()).map(async (cell) => ({
      from: Number(await cell.getAttribute("aria-colindex")),
      length: Number((await cell.getAttribute("aria-colspan")) ?? 1),
      said: await nameOf(cell),
    })),
  );
  const cell = cells.find(({ from, length }) => from <= at && at < from + length);
  expect(cell?.said).toContain(now.tryNumber > 1 ? `Failed, try ${now.tryNumber}` : "Failed");
});

test("calendar: each day says how many of its runs succeeded and failed", async ({ signInAs }) => {
  const { days } = await read(PipelineCalendar, `${apiPaths.calendar(sample, "cart_events")}?months=6&zone=UTC`);
  const troubled = days.filter(({ failed }) => failed > 0);
  expect(troubled.length).toBeGreaterThan(0);
  const page = await signInAs("viewer");
  await page.goto(`${paths.pipeline(sample, "cart_events")}?tab=calendar`);
  await expect(page.getByRole("button", { name: /, [1-9]\d* failed/ })).toHaveCount(troubled.length);
  for (const { date, succeeded, failed } of troubled) {
    const month = page.getByRole("region", { name: new RegExp(`${date.slice(0, 4)}$`) });
    const day = month.getByRole("button", {
      name: new RegExp(`^\\S+ ${Number(date.slice(8))} \\S+: .*${succeeded} runs? succeeded, ${failed} failed`),
    });
    await expect(day.first()).toBeVisible();
  }
});

test("clock: each row says what ended when, what failed and what comes next", async ({ signInAs }) => {
  const { items } = await read(ClockPage, `${apiPaths.clock}?environment=${sample}&span=week&zone=UTC`);
  const soon = new Date(Date.now() + 600_000).toISOString();
  const still = items.filter(
    ({ bars, nextRunAt, isPaused }) => bars.length > 0 && bars.every(({ to }) => to !== null) && !isPaused && nextRunAt && nextRunAt > soon,
  );
  expect(still.length).toBeGreaterThan(3);
  const page = await signInAs("viewer");
  await page.goto(`/pipelines?environment=${sample}&view=clock&span=week`);
  const clock = page.getByRole("table", { name: "Pipelines on the clock" });
  const trouble = still.filter(({ bars }) => bars.some(({ failed }) => failed > 0));
  for (const { pipeline, bars, planned, nextRunAt } of [...still.slice(0, 8), ...trouble]) {
    const sum = (kind: "runs" | "failed") => bars.reduce((all, bar) => all + bar[kind], 0);
    const ended = bars.flatMap(({ to }) => to ?? []).sort();
    const last = bars.findLast(({ failed }) => failed > 0);
    const failed = last
      ? `${sum("failed")} failed, the last of them between ${timeOf(last.from, 5)} and ${timeOf(last.to, 5)}`
      : "none failed";
    const next = planned[0] ? `${planned.length} to come, next ${timeOf(planned[0].at, 5)}` : `next ${timeOf(nextRunAt, 5)}`;
    await expect(clock.getByRole("img", { name: `${pipeline}: ` })).toHaveAccessibleName(
      new RegExp(
        `^${pipeline}: ${sum("runs")} runs? ended between ${timeOf(bars[0]?.from, 5)} and ${timeOf(ended.at(-1), 5)}; ${failed}; (more than )?${next}`,
      ),
    );
  }
});

test("tables: bars of loads say the least, the most and the newest; what the bar of states draws is counted beside it", async ({
  signInAs,
}) => {
  const { loads } = await read(TableDetail, apiPaths.table(sample, "sales.orders"));
  const sizes = loads.flatMap(({ rowsInserted, rowsUpdated }) =>
    rowsInserted === null && rowsUpdated === null ? [] : [(rowsInserted ?? 0) + (rowsUpdated ?? 0)],
  );
  const page = await signInAs("viewer");
  await page.goto(paths.table(sample, "sales.orders"));
  const bars = page.getByRole("img", { name: `Rows written by the last ${loads.length} loads` });
  const said = (await nameOf(bars)).match(/between ([\d,]+) and ([\d,]+), ([\d,]+) by the newest/) ?? [];
  expect(said.slice(1).map(figure)).toEqual([Math.min(...sizes), Math.max(...sizes), sizes[0]]);

  const { counts } = await read(Status, `${apiPaths.status}?environment=${sample}`);
  await page.goto(`/?environment=${sample}`);
  const states = page.getByRole("navigation", { name: "Tables by state" }).getByRole("link");
  await expect(states.first()).toBeVisible();
  const drawn = (await states.allInnerTexts()).reduce((sum, text) => sum + Number.parseInt(text, 10), 0);
  expect(drawn).toBe(Object.values(counts).reduce((sum, count) => sum + count, 0));
});

test("graph: every edge says which task leads to which, and the list which tasks are on the critical path", async ({ signInAs }) => {
  const { run } = await failedTask();
  const { tasks } = await read(PipelineStructure, apiPaths.structure(sample, run.pipeline));
  const page = await signInAs("viewer");
  await page.goto(paths.runTab(run, "graph"));
  const graph = page.getByRole("region", { name: new RegExp(`^Graph of ${tasks.length} tasks`) });
  const edges = tasks.flatMap(({ taskId, upstream }) => upstream.map((from) => `${from} leads to ${taskId}`));
  for (const edge of edges) await expect(graph.getByRole("img", { name: edge, exact: true })).toHaveCount(1);
  await expect(graph.getByRole("img", { name: / leads to / })).toHaveCount(edges.length);

  const critical = graph.getByRole("button", { name: /on the critical path/ });
  await expect(critical).not.toHaveCount(0);
  await page.getByRole("button", { name: /^The same as a list/ }).press("Enter");
  const rows = page.getByRole("table", { name: "Tasks of the graph" }).getByRole("row", { name: /on the critical path/ });
  await expect(rows).toHaveCount(await critical.count());
});
