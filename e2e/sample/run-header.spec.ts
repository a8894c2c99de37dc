import { paths } from "@/lib/paths";
import type { RunDetail, RunId } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { expect, test } from "../fixtures";
import { pressUntilFocused } from "../keyboard";
import { ledger } from "../ledger";
import { addDays, dateOf, runDetail, runsBetween, wholeHistory } from "./history";

let anchor: string;
test.beforeAll(async () => {
  anchor = await wholeHistory();
});

/** The newest failed run of the ERP's outage, which took many pipelines with it. */
async function failedInOutage() {
  const day = dateOf(anchor, "source_outage");
  const [run] = await runsBetween("erp_orders", `${addDays(day, -1)}T22:00:00.000Z`, `${day}T06:30:00.000Z`, "failed");
  if (!run) throw new Error("no run failed in the outage");
  return run;
}

const begun: RunId = { environment: sample, pipeline: "erp_orders", runId: "scheduled__just-begun" };

/**
 * A run that began a moment ago, of a pipeline that takes minutes, told to the ledger as the collector tells it; the company's own next one may be a
 * quarter of an hour away. Resolves once its end is estimated and the day's measure of estimates is there.
 */
async function runJustBegun(): Promise<RunDetail> {
  await ledger(
    `insert into run select (jsonb_populate_record(null::run, to_jsonb(last) || jsonb_build_object('run_id', $3::text, 'state', 'running',
       'started_at', now(), 'ended_at', null, 'queued_at', now(), 'sort_at', now(), 'changed_at', now()))).*
     from (select * from run where environment = $1 and pipeline = $2 and state = 'success' order by sort_at desc limit 1) last`,
    [begun.environment, begun.pipeline, begun.runId],
  );
  let found: RunDetail | undefined;
  await expect
    .poll(
      async () => {
        found = await runDetail(begun);
        return found.eta?.eta ? (found.eta.trial?.ends ?? 0) : 0;
      },
      // A measure that was taken while the history came in is taken again ten minutes later.
      { message: "how often estimates hold is measured", timeout: 660_000, intervals: [2_000] },
    )
    .toBeGreaterThan(300);
  return found as RunDetail;
}

test.afterEach(() => ledger("delete from run where environment = $1 and pipeline = $2 and run_id = $3", Object.values(begun)));

test("a failed run says at once what broke, whether it was seen before, and what it took against usual", async ({ signInAs }) => {
  const page = await signInAs("operator");
  await page.goto(paths.run(await failedInOutage()));
  const card = page.getByRole("region", { name: "Why it failed" });
  await expect(card).toContainText("Source not reachable");
  await expect(card.getByRole("list", { name: "The lines that prove it" }).getByRole("listitem").first()).toBeVisible();
  await expect(card).toContainText(/before on this task in 90 days/);
  await expect(card).toContainText(/In all, \d+ runs of sample failed this way/);
  await expect(card).toContainText("Retry:");
  await expect(page.getByText(/^usual \d/)).toBeVisible();
  await expect(page.getByRole("link", { name: "Compare with last good" })).toBeVisible();
});

test("a running run says when it ends, how that is known, and how often it held; by keyboard", async ({ signInAs }) => {
  test.setTimeout(720_000);
  const page = await signInAs("viewer");
  const { run, eta } = await runJustBegun();
  await page.goto(paths.run(run));
  const how = page.getByRole("button", { name: "How this is estimated" });
  await pressUntilFocused(page, how);
  const tip = page.getByRole("note").filter({ hasText: "From how its own good runs went on" });
  await expect(tip).toContainText(/\d+ runs that had (begun|ended)/);
  await expect(tip).toContainText(/Held \d+ % of [\d,]+ ends of \d+ pipelines here/);
  await page.keyboard.press("Escape");
  await expect(tip).toBeHidden();
  // The daily measure of this ledger, not a figure that came with the software.
  const share = (eta?.trial?.held ?? 0) / (eta?.trial?.ends ?? 1);
  expect(share).toBeGreaterThan(0.75);
  expect(share).toBeLessThan(0.85);
});
