import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { ledger } from "@/server/ledger/db";
import { writeCursor } from "@/server/ledger/source-health";
import { World } from "@/server/sample/world";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { readSampleCursor, SampleLook } from "./look-sample";

const seed = "penstock";
const days = 3;
const anchor = "2026-10-24";
const world = new World(seed, anchor);
/** Clocks are put back in Madrid on day 1; pipelines are at work at this moment. */
const end = world.instant(days, "07:20");
const environment = { name: "sample", seed, days };
let server: TestLedger;

beforeAll(async () => {
  server = await startTestLedger();
});
afterAll(() => server.remove());

const tables = [
  ...["pipeline", "run", "attempt", "ecs_task", "glue_run", "table_load", "table_check", "task_definition"],
  ...["environment", "failure", "cost_day", "table_schema", "dag_version", "dag_setting", "airflow_state"],
];

/** The costs of days go with the attempts. */
const empty = () =>
  ledger().execute(sql.raw(`truncate ${[...tables.filter((table) => table !== "cost_day"), "source_health"].join(", ")}`));
beforeEach(async () => {
  await empty();
});

/** What the ledger holds, table by table: how often calls were made and when they succeeded is no part of it. */
async function digests(): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {};
  for (const table of tables) {
    const columns = table === "cost_day" ? "environment, pipeline, day, trim_scale(cost_usd), priced, unknown" : "*";
    const { rows } = await ledger().execute(
      sql.raw(
        `select count(*)::int as count, md5(string_agg(t::text, E'\\n' order by t::text)) as digest from (select ${columns} from ${table}) t`,
      ),
    );
    found[table] = rows[0];
  }
  return found;
}

async function sizeBytes(): Promise<number> {
  const { rows } = await ledger().execute(sql`select pg_database_size(current_database())::float8 as bytes`);
  return Number(rows[0]?.bytes);
}

class At {
  constructor(public at: number) {}
  now = () => new Date(this.at);
}

/** Looks until nothing is left to fill. */
async function fill(look: SampleLook): Promise<void> {
  while ((await look.look()).isActive);
}

it("the same seed gives the same ledger: in one go, interrupted and resumed, or as it happens", async () => {
  const before = await sizeBytes();
  await fill(new SampleLook(environment, null, new At(end)));
  const perDay = ((await sizeBytes()) - before) / (days + 1.3);
  // The 120 days of the sample, whose tables hold more between their rows, took 277 MB.
  expect(perDay * 120).toBeLessThan(270e6);
  const inOneGo = await digests();
  expect(Object.values(inOneGo)).not.toContainEqual(expect.objectContaining({ count: 0 }));

  await empty();
  const early = new SampleLook(environment, null, new At(end - 2 * 3_600_000));
  await early.look();
  await early.look();
  await fill(new SampleLook(environment, null, new At(end)));
  expect(await digests()).toEqual(inOneGo);

  await empty();
  const first = world.instant(-1);
  await writeCursor(ledger(), { environment: "sample", source: "airflow" }, { seed, anchor, liveTo: first, backTo: first });
  const clock = new At(first);
  const live = new SampleLook(environment, null, clock);
  for (clock.at = first; clock.at < end; clock.at = Math.min(end, clock.at + 4.7 * 3_600_000)) await live.look();
  await live.look();
  expect(await digests()).toEqual(inOneGo);
}, 180_000);

it("no fact is of the future, and what runs has the states of what runs", async () => {
  const clock = new At(world.instant(2, "06:41"));
  const look = new SampleLook(environment, null, clock);
  await look.look();
  for (const step of [0, 20_000, 90_000, 700_000]) {
    clock.at += step;
    await look.look();
    const now = sql`${new Date(clock.at).toISOString()}::timestamptz`;
    const { rows } = await ledger().execute(sql`
      select (select count(*)::int from run where greatest(run_after, queued_at, started_at, ended_at, changed_at) > ${now}) as runs,
        (select count(*)::int from attempt where greatest(queued_at, started_at, ended_at, changed_at) > ${now}) as attempts,
        (select count(*)::int from ecs_task where greatest(created_at, started_at, stopped_at) > ${now}) as containers,
        (select count(*)::int from table_load where finished_at > ${now}) as loads,
        (select count(*)::int from run r where state = 'running' and not exists (
          select from attempt a where a.pipeline = r.pipeline and a.run_id = r.run_id and a.state in ('none', 'queued', 'running', 'up_for_retry', 'success'))) as idle,
        (select count(*)::int from attempt where (state = 'running') <> (started_at is not null and ended_at is null)) as odd,
        (select count(*)::int from ecs_task where (last_status = 'STOPPED') <> (stopped_at is not null)) as undead`);
    expect(rows[0]).toEqual({ runs: 0, attempts: 0, containers: 0, loads: 0, idle: 0, odd: 0, undead: 0 });
  }
  const { rows } = await ledger().execute(sql`select count(*)::int as running from run where state = 'running'`);
  expect(Number(rows[0]?.running)).toBeGreaterThan(0);
}, 60_000);

it("another seed is refused: the ledger would hold two histories", async () => {
  const clock = new At(end);
  await new SampleLook(environment, null, clock).look();
  await expect(new SampleLook({ ...environment, seed: "other" }, null, clock).look()).rejects.toThrow(
    /holds a sample of the seed penstock/,
  );
  expect((await readSampleCursor("sample"))?.anchor).toBe(anchor);
}, 60_000);
