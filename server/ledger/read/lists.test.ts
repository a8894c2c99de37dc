import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { copyHistory } from "@/bench/history/copy";
import { pipelineName } from "@/bench/history/simulate";
import { explain } from "@/server/testing/plans";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { ledger } from "../db";
import { selectFirstFailures } from "./attempts";
import { encodeCursor } from "./cursor";
import { selectPipelineHistory, selectPipelines } from "./pipelines";
import { selectAskers, selectRunCounts, selectRuns, selectRunTables, selectRunTotals, selectUsualDurations } from "./runs";

const runs = 10_000;
const until = new Date("2026-11-22T12:00:00Z");
const days = 400;
let server: TestLedger;

beforeAll(async () => {
  server = await startTestLedger();
  await copyHistory(server.url, { seed: 7, runs, pipelines: 40, days, until, environment: "local" });
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
/** The rest is small here. */
const large = /^Seq Scan (run|attempt)$/;

describe("a page of runs", () => {
  const places = [{}, { environment: "local" }, { pipeline: pipelineName(3) }, { environment: "local", pipeline: pipelineName(3) }];
  const states = [{}, { state: "failed" as const }, { state: "running" as const }, { state: "success" as const }];
  const filters = places.flatMap((place) => states.map((state) => ({ ...place, ...state })));

  it.each(filters)("%j comes from an index in its order, first and deep", async (filter) => {
    for (const cursor of [{}, { cursor: deep() }]) {
      const plans = await plansOf(() => selectRuns({ limit: 25, ...filter, ...cursor }));
      expect(plans).toHaveLength(1);
      expect(plans.flat().filter((step) => /Sort|Seq Scan|Bitmap/.test(step))).toEqual([]);
    }
  });

  it("has its totals, failures, durations, tables and askers without reading all there is", async () => {
    const { rows } = await selectRuns({ limit: 25, state: "failed" });
    expect(rows).toHaveLength(25);
    const plans = await plansOf(() =>
      Promise.all([
        selectRunTotals(rows),
        selectFirstFailures(rows as never),
        selectUsualDurations(rows),
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
    for (const environment of [undefined, "local"]) {
      const plans = await plansOf(() => selectRunCounts(environment, new Date("2026-11-22T00:00:00Z")));
      expect(plans.flat().filter((step) => large.test(step))).toEqual([]);
    }
    const counts = await selectRunCounts("local", new Date("2026-11-22T00:00:00Z"));
    expect(counts.running).toBe(20);
    expect(counts.succeededToday).toBeLessThan(runs / days);
  });
});

describe("pipelines", () => {
  it("come with their history without adding up attempts", async () => {
    const { rows } = await selectPipelines({ limit: 25 });
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
