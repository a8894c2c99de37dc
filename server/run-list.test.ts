import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isFixedBy } from "@/lib/attention";
import { runPath } from "@/lib/paths";
import { RunExport, RunFilter, type RunListItem, RunNames, RunPage } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { ledger } from "./ledger/db";
import { selectRuns } from "./ledger/read/run-list";
import { exportRuns, exportRunsFile } from "./run-export";
import { listNamedRuns, listRuns } from "./runs";
import { forgetReads } from "./shared-reads";
import { configure } from "./testing/configuration";
import { givenAttempt, givenFailure, givenLoad, givenRun, people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const { viewer, operator } = people;
const minutes = (count: number) => new Date(Date.now() - count * 60_000);
const ids = (items: { runId: string }[]) => items.map(({ runId }) => runId);
const found = async (filter: object, user: User = viewer) => ids((await listRuns(user, RunFilter.parse(filter))).items);

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  forgetReads();
  await ledger().execute("truncate run, attempt, failure, table_load, pipeline, intent, change");
});
afterAll(() => server.remove());

/** The same numbers for the same seed. */
function random(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state % below;
  };
}

describe("paging both ways", () => {
  test.each([1, 2, 3])("loses and repeats nothing while runs arrive (seed %i)", async (seed) => {
    const dice = random(seed);
    const base = Date.now() - 3_600_000;
    for (let index = 0; index < 40; index++)
      await givenRun({ runId: `run-${index}`, state: dice(3) ? "success" : "failed", sortAt: new Date(base + dice(20) * 1_000) });
    const order = await found({ limit: 100 });
    const limit = 1 + dice(7);
    let page = RunPage.parse(await listRuns(viewer, RunFilter.parse({ limit })));
    expect(page.previousCursor).toBeNull();
    for (let turn = 0; turn < 40; turn++) {
      if (dice(3) === 0) {
        order.unshift(`new-${turn}`);
        await givenRun({ runId: `new-${turn}`, sortAt: new Date(Date.now() + turn * 1_000) });
      }
      const isOlder = page.nextCursor !== null && (page.previousCursor === null || dice(3) > 0);
      const [first, last] = [order.indexOf(page.items[0]?.runId ?? ""), order.indexOf(page.items.at(-1)?.runId ?? "")];
      const from = isOlder ? last + 1 : Math.max(0, first - limit);
      page = await listRuns(
        viewer,
        RunFilter.parse({ limit, ...(isOlder ? { cursor: page.nextCursor } : { before: page.previousCursor }) }),
      );
      expect(ids(page.items)).toEqual(order.slice(from, from + limit));
      expect(page.nextCursor === null).toBe(from + limit >= order.length);
    }
  });

  test("back from the second page is the whole first page, with what came since", async () => {
    for (let index = 0; index < 9; index++) await givenRun({ runId: `r${index}`, sortAt: minutes(100 - index) });
    const first = await listRuns(viewer, RunFilter.parse({ limit: 4 }));
    const second = await listRuns(viewer, RunFilter.parse({ limit: 4, cursor: first.nextCursor }));
    expect(ids(second.items)).toEqual(["r4", "r3", "r2", "r1"]);
    expect(await found({ limit: 4, before: second.previousCursor })).toEqual(ids(first.items));
    await givenRun({ runId: "new", sortAt: minutes(1) });
    const back = await listRuns(viewer, RunFilter.parse({ limit: 4, before: second.previousCursor }));
    expect(ids(back.items)).toEqual(["r8", "r7", "r6", "r5"]);
    expect(await found({ limit: 4, before: back.previousCursor })).toEqual(["new", "r8", "r7", "r6"]);
  });
});

describe("certain runs", () => {
  const named = async (runs: { environment: string; pipeline: string; runId: string }[], more: object = {}) =>
    (await listNamedRuns(viewer, RunNames.parse({ runs: runs.map(runPath).join(","), ...more }))).items;
  const of = (pipeline: string, runId: string) => ({ environment: "local", pipeline, runId });

  test("are told as they are now, whatever their ids; what is not known is left out", async () => {
    const odd = of("a/b, ~%2F é", "..");
    await givenRun({ ...odd, state: "success", sortAt: minutes(3) });
    await givenRun({ ...of("sales_daily", "broken"), state: "failed", sortAt: minutes(2) });
    await givenRun({ ...of("other", "later"), sortAt: minutes(1) });
    expect(await named([odd, of("sales_daily", "broken"), of("sales_daily", "none")])).toMatchObject([
      { runId: "broken", state: "failed", needs: "failed" },
      { ...odd, state: "success", needs: null },
    ]);
    expect(await named([of("sales_daily", "broken")], { environment: "local" })).toHaveLength(1);
    await expect(named([], { environment: "elsewhere" })).rejects.toThrow();
    await expect(listNamedRuns({ ...viewer, role: "nobody" as never }, RunNames.parse({ runs: "a/b/c" }))).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  test.each([
    ["no name", ""],
    ["half a name", "local/sales_daily"],
    ["a NUL", "local/sales_daily/%00"],
    ["too many", Array.from({ length: 26 }, (_, index) => `local/sales_daily/${index}`).join(",")],
  ])("are not asked for with %s", (_, runs) => {
    expect(RunNames.safeParse({ runs }).success).toBe(false);
  });
});

describe("filters", () => {
  test("each finds just its own", async () => {
    await givenRun({ runId: "old", sortAt: minutes(3_000), startedAt: minutes(3_000), endedAt: minutes(2_999) });
    await givenRun({ runId: "hand", type: "manual", triggeredBy: "Oskar Lind", conf: { full_refresh: "YES", db_password: "hunter2" } });
    await givenRun({ runId: "bad", state: "failed", startedAt: minutes(60), endedAt: minutes(0) });
    const attempt = await givenAttempt({ runId: "bad", state: "failed" });
    await givenFailure({ attemptId: attempt.id, class: "database_lock" });
    await givenLoad({ attemptId: attempt.id, tableName: "sales.orders" });
    expect(await found({ type: "manual" })).toEqual(["hand"]);
    expect(await found({ type: "scheduled", last: "24h" })).toEqual(["bad"]);
    expect(await found({ who: "Oskar Lind" })).toEqual(["hand"]);
    expect(await found({ who: "me" }, operator)).toEqual(["hand"]);
    expect(await found({ who: "me" })).toEqual([]);
    expect(await found({ until: minutes(1_440).toISOString() })).toEqual(["old"]);
    expect(await found({ since: minutes(1_440).toISOString(), longerThanMs: 1_800_000 })).toEqual(["bad"]);
    expect(await found({ shorterThanMs: 120_000 })).toEqual(["old"]);
    expect(await found({ errorClass: "database_lock" })).toEqual(["bad"]);
    expect(await found({ errorClass: "database_lock", state: "success" })).toEqual([]);
    expect(await found({ table: "sales.orders" })).toEqual(["bad"]);
    expect(await found({ parameter: "yes" })).toEqual(["hand"]);
    expect(await found({ parameter: "FULL_" })).toEqual(["hand"]);
    expect(await found({ parameter: "%" })).toEqual([]);
  });

  test("a secret is not found out by searching for it", async () => {
    await givenRun({ conf: { db_password: "hunter2" } });
    expect(await found({ parameter: "hunter" })).toEqual([]);
    expect(await found({ parameter: "db_pass" })).toHaveLength(1);
  });

  test("a rare one stops with where it has looked, goes on from there, and misses nothing", async () => {
    for (let index = 0; index < 40; index++)
      await givenRun({ runId: `r${index}`, type: "manual", triggeredBy: index % 19 === 0 ? "Ana" : "Bo", sortAt: minutes(index) });
    const filter = { environments: ["local"], limit: 2, who: { name: "Ana", id: null } };
    const looks: string[][] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await selectRuns({ ...filter, ...(cursor && { cursor }) }, { rows: 10, budgetMs: 0 });
      looks.push(ids(page.rows));
      expect(page.lookedBackTo === null).toBe(page.nextCursor === null || page.rows.length === 2);
      cursor = page.nextCursor;
    }
    expect(looks.flat()).toEqual(["r0", "r19", "r38"]);
    expect(looks.length).toBeGreaterThan(3);
    expect(ids((await selectRuns({ ...filter, limit: 9 })).rows)).toEqual(["r0", "r19", "r38"]);
  });
});

describe("what needs attention", () => {
  const interval = (hours: number) => ({ dataIntervalStart: minutes(hours * 60 + 60), dataIntervalEnd: minutes(hours * 60) });

  test("is what the rule says, run by run", async () => {
    const dice = random(11);
    const runs = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const hours = dice(12);
        const sortAt = minutes(hours * 60 + dice(2));
        return givenRun({
          runId: `r${index}`,
          pipeline: `p${dice(4)}`,
          state: dice(3) ? "failed" : "success",
          type: ["scheduled", "backfill", "manual"][dice(3)] as string,
          sortAt,
          startedAt: sortAt,
          endedAt: new Date(sortAt.getTime() + dice(30) * 1_000),
          ...interval(dice(3) ? hours : dice(12)),
          ...(dice(4) ? {} : { dataIntervalStart: sortAt, dataIntervalEnd: sortAt }),
        });
      }),
    );
    const text = (row: (typeof runs)[number]) => ({
      ...(row as unknown as RunListItem),
      sortAt: row.sortAt.toISOString(),
      endedAt: row.endedAt?.toISOString() ?? null,
      dataIntervalStart: row.dataIntervalStart?.toISOString() ?? null,
      dataIntervalEnd: row.dataIntervalEnd?.toISOString() ?? null,
    });
    const open = runs.filter(
      (one) => one.state === "failed" && !runs.some((other) => other.pipeline === one.pipeline && isFixedBy(text(one), text(other))),
    );
    expect(open.length).toBeGreaterThan(2);
    expect((await found({ show: "attention", limit: 100 })).sort()).toEqual(ids(open).sort());
  });

  test("is counted, told in the sentence, marked in every list, and honours the other filters", async () => {
    for (let index = 0; index < 6; index++)
      await givenRun({ runId: `good-${index}`, sortAt: minutes(900), startedAt: minutes(10), endedAt: minutes(9) });
    await givenRun({ runId: "long", state: "running", startedAt: minutes(30), endedAt: null });
    await givenRun({ runId: "fine", state: "running", startedAt: minutes(0), endedAt: null });
    await givenRun({ runId: "waits", state: "queued", queuedAt: minutes(30), startedAt: null, endedAt: null, sortAt: minutes(30) });
    await givenRun({ runId: "broke", pipeline: "other", state: "failed" });
    await givenRun({ runId: "stale", pipeline: "other", state: "failed", sortAt: minutes(60 * 24 * 9) });
    const page = RunPage.parse(await listRuns(viewer, RunFilter.parse({ show: "attention" })));
    expect(Object.fromEntries(page.items.map(({ runId, needs }) => [runId, needs]))).toEqual({
      long: "overrunning",
      waits: "queued_long",
      broke: "failed",
    });
    expect(page.counts).toMatchObject({ failed: 1, overrunning: 1, queuedLong: 1, isMore: false, running: 2, queued: 1 });
    expect(page.sentence.map(({ text }) => text).join("")).toMatch(
      /^3 runs need somebody: 1 failed, 1 takes longer than usual, 1 waits too long\./,
    );
    expect(await found({ show: "attention", pipeline: "other" })).toEqual(["broke"]);
    const all = await listRuns(viewer, RunFilter.parse({ state: "running" }));
    expect(all.items.map(({ runId, needs }) => [runId, needs]).sort()).toEqual([
      ["fine", null],
      ["long", "overrunning"],
    ]);
  });
});

describe("export", () => {
  test("is every run of the filter, in both forms, page by page", async () => {
    for (let index = 0; index < 250; index++) await givenRun({ runId: `r${index}`, pipeline: '=cmd|"x"', sortAt: minutes(index) });
    await givenRun({ runId: "other", state: "failed" });
    const text = async (format: string) => {
      const response = await exportRunsFile(viewer, RunExport.parse({ format, state: "success" }), new AbortController().signal);
      expect(response.headers.get("content-disposition")).toMatch(new RegExp(`filename="runs-success-\\d{4}-\\d\\d-\\d\\d\\.${format}"`));
      return response.text();
    };
    const lines = (await text("csv")).split("\r\n");
    expect(lines[0]).toContain("environment,pipeline,runId,state");
    expect(lines).toHaveLength(252);
    expect(lines[1]).toContain('local,"\'=cmd|""x""",r0,success');
    const parsed = JSON.parse(await text("json")) as RunListItem[];
    expect(ids(parsed)).toEqual(Array.from({ length: 250 }, (_, index) => `r${index}`));
    let none = "";
    for await (const piece of exportRuns(viewer, RunExport.parse({ format: "json", pipeline: "none" }))) none += piece;
    expect(JSON.parse(none)).toEqual([]);
  });

  test("reads no further than its reader, and not for nobody", async () => {
    for (let index = 0; index < 450; index++) await givenRun({ runId: `r${index}`, sortAt: minutes(index) });
    const response = await exportRunsFile(viewer, RunExport.parse({ format: "json" }), new AbortController().signal);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await reader.read();
    await reader.cancel();
    expect((await reader.read()).done).toBe(true);
    // Once what was being read is there, nothing of the file is read any more.
    const busy = sql`select from pg_stat_activity where application_name = 'penstock' and state <> 'idle' and pid <> pg_backend_pid()`;
    await expect.poll(async () => (await ledger().execute(busy)).rows).toEqual([]);
    const nobody = { ...viewer, role: "nobody" as never };
    await expect(exportRunsFile(nobody, RunExport.parse({}), new AbortController().signal)).rejects.toMatchObject({ code: "forbidden" });
  });

  test("is broken off where the ledger goes away, rather than ended as if it were whole", async () => {
    for (let index = 0; index < 450; index++) await givenRun({ runId: `r${index}`, sortAt: minutes(index) });
    const response = await exportRunsFile(viewer, RunExport.parse({ format: "csv" }), new AbortController().signal);
    await server.down();
    try {
      await expect(response.text()).rejects.toMatchObject({ cause: { code: "upstream", system: "ledger" } });
      await expect(exportRunsFile(viewer, RunExport.parse({}), new AbortController().signal)).rejects.toMatchObject({
        cause: { code: "upstream" },
      });
    } finally {
      await server.up();
    }
  });
});
