import type { Page } from "playwright";
import { paths } from "@/lib/paths";
import type { RunDetail, RunPage } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import type { TablePage } from "@/lib/schemas/table";
import type { Penstock } from "./penstock";

/** A page of the product as a person uses it. */
export interface Visit {
  name: string;
  path: string;
  /** What is there once it can be used. */
  ready: string;
  use: (page: Page) => Promise<void>;
}

const press =
  (...keys: string[]) =>
  async (page: Page) => {
    for (const key of keys) {
      await page.keyboard.press(key);
      await page.waitForTimeout(150);
    }
  };
const click = (role: "tab" | "button" | "row" | "gridcell", name: string | RegExp) => async (page: Page) => {
  await page.getByRole(role, { name }).first().click();
  await page.waitForTimeout(400);
};
const doing =
  (...acts: ((page: Page) => Promise<void>)[]) =>
  async (page: Page) => {
    for (const act of acts) await act(page);
  };

/** The pages that people are on most, of the sample company: its newest failed run, and the pipeline and a table of it. */
export async function visits({ url, headers }: Penstock): Promise<Visit[]> {
  const read = async <T>(path: string): Promise<T> => {
    const answer = await fetch(`${url}${path}`, { headers });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return (await answer.json()) as T;
  };
  const [run] = (await read<RunPage>(`/api/runs?environment=${sample}&state=failed&limit=1`)).items;
  if (!run) throw new Error("nothing has failed in the sample");
  const { attempts } = await read<RunDetail>(`/api/runs/${sample}/${encodeURIComponent(run.pipeline)}/${encodeURIComponent(run.runId)}`);
  const attempt = attempts.find(({ state }) => state === "failed") ?? attempts[0];
  const [table] = (await read<TablePage>(`/api/tables?environment=${sample}&limit=1`)).items;
  if (!attempt || !table) throw new Error("the sample has no try or no table");
  const { pipeline } = run;
  const ofPipeline = paths.pipeline(sample, pipeline);
  const palette = doing(press("Control+k"), press("e", "r", "p", "Escape"));
  const tab = (name: string, next: string, ready: string): Visit => ({
    name: `Pipeline, ${name}`,
    path: `${ofPipeline}${name === "Grid" ? "" : `?tab=${name.toLowerCase()}`}`,
    ready,
    use: doing(press("Tab", "Tab"), click("tab", next), click("tab", name)),
  });
  return [
    { name: "Start", path: `/?environment=${sample}`, ready: "main h1", use: palette },
    {
      name: "Runs",
      path: `${paths.runs}?environment=${sample}&show=all`,
      ready: "table[aria-label=Runs] tbody td",
      use: doing(click("button", "Running"), click("button", "Failed"), click("button", "Add filter"), press("s", "t", "Enter", "Escape")),
    },
    {
      name: "Run",
      path: paths.run(run),
      ready: "#attempt",
      use: doing(click("tab", "Log"), click("tab", "Tasks"), press("Tab", "Tab", "ArrowDown")),
    },
    tab("Grid", "Runs", "[role=gridcell]"),
    tab("Graph", "Runs", "[role=tabpanel] svg"),
    tab("Runs", "Grid", "[role=tabpanel] td"),
    tab("Calendar", "Runs", "[role=tabpanel] svg"),
    tab("Code", "Runs", "[role=tabpanel] *"),
    tab("Runbook", "Runs", "[role=tabpanel] *"),
    { name: "Tables", path: `${paths.tables}?environment=${sample}`, ready: "main td", use: palette },
    { name: "Table", path: paths.table(sample, table.table), ready: "main h1", use: palette },
    {
      name: "Attempt",
      path: paths.attemptPage(run, attempt.taskId, attempt.tryNumber, attempt.mapIndex),
      ready: "main h1",
      use: doing(press("Tab", "Tab"), palette),
    },
    { name: "Compare", path: paths.compare(run), ready: "main h1", use: palette },
  ];
}
