import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyHistory } from "@/bench/history/copy";
import { pipelineName } from "@/bench/history/simulate";
import { explain } from "@/server/testing/plans";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { ledger } from "../db";
import { run } from "../schema";
import { selectFirstFailures } from "./attempts";
import { encodeCursor } from "./cursor";
import { selectPipelineHistory, selectPipelines } from "./pipelines";
import { selectRuns } from "./run-list";
import { selectAskers, selectRunCounts, selectRunTables, selectRunTotals } from "./runs";
import { selectRunLengths } from "./usual";

const runs = 10_000;
const until = new Date("2026-11-22T12:00:00Z");
const days = 400;
const few = 60;
let server: TestLedger;

beforeAll(async () => {
  server = await startTestLedger();
  await copyHistory(server.url, { seed: 7, runs, pipelines: 40, days, until, environment: "local" });
  // Few and old beside many and new: what a list of theirs may not read through.
  await copyHistory(server.url, {
    seed: 8,
    runs: few,
    pipelines: 3,
    days: 30,
    until: new Date("2026-01-01T00:00:00Z"),
    environment: "rare",
  });
});
afterAll(() => server.remove());

/** The plans of all that `work` asked of the ledger, as a list of steps each. */
const plansOf = async (work: () => Promise<unknown>) => (await explain(server.url, work)).map((steps) => steps.map(({ name }) => name));

const deep = () =>
  encodeCursor([
    new Date(until.getTime() - 300 * 86_400_000).toISOString().replace("T", " ").replace("Z", "+00"),
    "local",
    pipelineName(3),
    "x",
  ]);
const everyFailed = async (environment: string) =>
  (
    await ledger()
      .select()
      .from(run)
      .where(and(eq(run.environment, environment), eq(run.state, "failed"), eq(run.isGone, false)))
  ).map(({ runId }) => `${environment} ${runId}`);
/** The rest is small here. */
const large = /^Seq Scan (run|attempt)$/;

describe("a page of runs", () => {
  const environments = ["local"];
  const places = [{ environments }, { environments: ["rare"] }, { environments, pipeline: pipelineName(3) }];
  const states = [{}, { state: "failed" as const }, { state: "running" as const }, { state: "success" as const }];
  const filters = places.flatMap((place) => states.map((state) => ({ ...place, ...state })));

  it.each(filters)("%j comes from an index in its order, first and deep", async (filter) => {
    for (const cursor of [{}, { cursor: deep() }]) {
      const plans = await plansOf(() => selectRuns({ limit: 25, ...filter, ...cursor }));
      expect(plans).toHaveLength(1);
      expect(plans.flat().filter((step) => /Sort|Seq Scan|Bitmap/.test(step))).toEqual([]);
    }
  });

  it("of several environments is the newest of each, by each one's index, and goes on where it ended", async () => {
    for (const cursor of [{}, { cursor: deep() }]) {
      const [plan] = await explain(server.url, () => selectRuns({ limit: 25, environments: ["local", "rare"], ...cursor }));
      const scans = plan?.filter(({ name }) => name.includes("Scan run")) ?? [];
      expect(scans.map(({ index }) => index)).toEqual(["run_by_environment", "run_by_environment"]);
      expect(scans.every(({ condition }) => condition.includes("environment ="))).toBe(true);
    }
    const seen: { sortAt: Date; environment: string; runId: string }[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await selectRuns({ limit: 100, environments: ["rare", "local"], state: "failed", ...(cursor && { cursor }) });
      seen.push(...page.rows);
      cursor = page.nextCursor;
    }
    const own = await Promise.all(["rare", "local"].map((name) => everyFailed(name)));
    expect(new Set(seen.map(({ environment, runId }) => `${environment} ${runId}`))).toEqual(new Set(own.flat()));
    expect(seen).toHaveLength(own.flat().length);
    expect(seen.map(({ sortAt }) => sortAt.getTime())).toEqual(seen.map(({ sortAt }) => sortAt.getTime()).sort((a, b) => b - a));
  });

  it("has its totals, failures, durations, tables and askers without reading all there is", async () => {
    const { rows } = await selectRuns({ limit: 25, state: "failed", environments });
    expect(rows).toHaveLength(25);
    const plans = await plansOf(() =>
      Promise.all([
        selectRunTotals(rows),
        selectFirstFailures(rows as never),
        selectRunLengths([...new Map(rows.map((row) => [row.pipeline, row])).values()]),
        selectRunTables(rows),
        selectAskers(rows),
      ]),
    );
    expect(plans.length).toBeGreaterThanOrEqual(5);
    expect(plans.flat().filter((step) => large.test(step))).toEqual([]);
    const totals = await selectRunTotals(rows);
    expect(rows.map((row) => totals(row).failed)).not.toContain(0);
  });

  it("counts what needs somebody from indexes of just that", async () => {
    for (const environments of [["local"], ["rare"], ["local", "rare"]]) {
      const plans = await plansOf(() => selectRunCounts(environments, new Date("2026-11-22T00:00:00Z")));
      expect(plans.flat().filter((step) => large.test(step))).toEqual([]);
    }
    const counts = await selectRunCounts(["local"], new Date("2026-11-22T00:00:00Z"));
    expect(counts.running).toBe(20);
    expect(counts.succeededToday).toBeLessThan(runs / days);
  });
});

describe("pipelines", () => {
  it("come with their history without adding up attempts", async () => {
    const { rows } = await selectPipelines({ limit: 25, environments: ["local"] });
    const plans = await plansOf(() => selectPipelineHistory(rows));
    expect(plans.flat().filter((step) => large.test(step))).toEqual([]);
    const history = (await selectPipelineHistory(rows))(rows[0] as never);
    expect(history.runs).toHaveLength(30);
  });

  it("cost what their attempts of 30 days cost, whatever was written when", async () => {
    const sums = () =>
      ledger().execute<Record<string, unknown>>(`
        select environment, pipeline, (coalesce(started_at, queued_at, ended_at, changed_at) at time zone 'UTC')::date::text as day,
          sum(coalesce(cost_usd, 0))::float as usd, count(cost_usd)::int as priced, (count(*) - count(cost_usd))::int as unknown
        from attempt where (cost is null and ended_at is not null) or cost->>'basis' <> 'none' group by 1, 2, 3 order by 1, 2, 3`);
    const kept = () =>
      ledger().execute<Record<string, unknown>>(
        "select environment, pipeline, day::text, cost_usd::float as usd, priced, unknown from cost_day where priced <> 0 or unknown <> 0 order by 1, 2, 3",
      );
    expect((await kept()).rows).toEqual((await sums()).rows);
    await ledger().execute("update attempt set cost_usd = cost_usd * 2, started_at = started_at - interval '1 day' where try_number = 2");
    await ledger().execute("update attempt set cost = null, cost_usd = null where task_id = 'load' and state = 'failed'");
    await ledger().execute("delete from attempt where state = 'upstream_failed'");
    expect((await kept()).rows).toEqual((await sums()).rows);
  });
});
