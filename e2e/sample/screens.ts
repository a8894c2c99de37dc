import type { Locator, Page } from "@playwright/test";
import { paths, runTabs } from "@/lib/paths";
import type { Run } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";

/** A place, the folder of the page that shows it, and what is there once it is whole. */
export interface Screen {
  route: string;
  path: string;
  /** Opens what only a press opens. */
  open?: (page: Page) => Promise<void>;
  whole: (page: Page) => Locator;
}

const button = (name: string | RegExp) => (page: Page) => page.getByRole("button", { name }).first();
const region = (name: string | RegExp) => (page: Page) => page.getByRole("region", { name }).first();
const table = (name: string) => (page: Page) => page.getByRole("table", { name });
const dialog = (name: string | RegExp) => (page: Page) => page.getByRole("dialog", { name });
const heading = (page: Page) => page.getByRole("heading", { level: 1 });
const press = (wanted: (page: Page) => Locator) => (page: Page) => wanted(page).click();

const runTabWhole: Record<(typeof runTabs)[number], (page: Page) => Locator> = {
  tasks: (page) => page.getByRole("list", { name: "Tasks in order of start" }),
  log: region(/Log of the run/),
  graph: (page) => page.locator(".dag-box").first(),
  inputs: region(/What the run was given/),
  tables: region(/Tables written/),
  cost: table("Cost of each try"),
  compare: region(/What differs/),
  activity: region(/Activity/),
};

const pipelineTabWhole: Record<string, (page: Page) => Locator> = {
  grid: (page) => page.getByRole("grid").getByRole("gridcell").first(),
  graph: (page) => page.locator(".dag-box").first(),
  runs: (page) => page.getByRole("tabpanel").getByRole("row").nth(1),
  calendar: table("Its runs of this time"),
  code: (page) => page.locator(".code").first(),
  runbook: (page) => page.getByRole("tabpanel").getByRole("heading").first(),
};
export const pipelineTabs = Object.keys(pipelineTabWhole);

const list = (path: string, more = "") => `${path}?environment=${sample}${more}`;
const status: Omit<Screen, "whole"> = { route: "/", path: list("/") };
const runRoute = "/runs/[environment]/[pipeline]/[run]";

/** Every screen of the product, with each of its parts, its menus and its dialogs. `failed` is a run that failed, in a container, after a good one. */
export function everyScreen(failed: Run, attempt: { taskId: string; tryNumber: number; mapIndex: number }): Screen[] {
  const pipeline = { route: "/pipelines/[environment]/[pipeline]", path: paths.pipeline(sample, "fraud_scores") };
  const run = { route: runRoute, path: paths.run(failed) };
  return [
    { ...status, whole: (page) => page.getByRole("table", { name: "Tables", exact: true }) },
    { ...status, open: press(button(/Find a table/)), whole: (page) => dialog("Find")(page).getByRole("option").first() },
    {
      ...status,
      open: (page) => page.keyboard.press("Shift+?"),
      whole: dialog("Keys"),
    },
    { ...status, open: press(button(/Account of/)), whole: (page) => page.getByRole("button", { name: /Sign out/ }) },
    { route: "/tables", path: list("/tables"), whole: heading },
    { route: "/tables/[environment]/[table]", path: paths.table(sample, "sales.orders"), whole: table("Loads of sales.orders") },
    { route: "/tables/[environment]/[table]", path: paths.table(sample, "nothing.here"), whole: heading },
    { route: "/runs", path: list("/runs", "&show=all"), whole: (page) => page.getByRole("row").nth(1) },
    { route: "/runs", path: list("/runs", "&state=failed"), whole: (page) => page.getByRole("row").nth(1) },
    { route: "/runs", path: list("/runs", "&state=failed"), open: press(button("Add filter")), whole: dialog("Add a filter") },
    {
      route: "/runs",
      path: list("/runs", "&state=failed&pipeline=erp_orders"),
      open: press(button("Save this view")),
      whole: dialog("Save this view"),
    },
    { route: "/pipelines", path: list("/pipelines"), whole: (page) => page.getByRole("link", { name: "erp_orders" }).first() },
    { route: "/pipelines", path: list("/pipelines", "&view=clock"), whole: table("Pipelines on the clock") },
    ...Object.entries(pipelineTabWhole).map(([tab, whole]) => ({ ...pipeline, path: `${pipeline.path}?tab=${tab}`, whole })),
    { ...pipeline, path: `${pipeline.path}?tab=code&version=2&with=1`, whole: (page) => page.locator(".is").first() },
    ...runTabs.map((tab) => ({ ...run, path: paths.runTab(failed, tab), whole: runTabWhole[tab] })),
    { ...run, path: paths.attempt(failed, attempt.taskId, attempt.tryNumber, attempt.mapIndex), whole: (page) => page.getByRole("log") },
    { ...run, open: press(button(/^Table$/)), whole: table("Tries of the tasks") },
    { ...run, open: press(button(/^Note/)), whole: dialog("Note on this run") },
    { ...run, path: paths.run({ ...failed, runId: "never-was" }), whole: heading },
    {
      route: `${runRoute}/compare`,
      path: paths.compare(failed),
      whole: (page) => page.getByRole("list", { name: "Both logs" }),
    },
    {
      route: `${runRoute}/compare`,
      path: paths.compare(failed),
      open: press(button("Against last good run")),
      whole: (page) => page.getByRole("listbox").getByRole("option").nth(1),
    },
    {
      route: `${runRoute}/[task]/[try]`,
      path: paths.attemptPage(failed, attempt.taskId, attempt.tryNumber, attempt.mapIndex),
      whole: region("The same by command"),
    },
    { route: "/activity", path: "/activity", whole: heading },
    { route: "/admin", path: "/admin", whole: region("Permission doctor") },
  ];
}
