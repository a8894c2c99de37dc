import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ledger } from "@/server/ledger/db";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { companyHistory } from "./company";
import { copyRuns } from "./copy";

const until = new Date("2026-11-22T09:30:00Z");
const factor = 5;
let server: TestLedger;

beforeAll(async () => {
  server = await startTestLedger();
});
afterAll(() => server.remove());

it("the sample company many times over is copied with its skew, each run and attempt once", async () => {
  const once = [...companyHistory({ seed: "7", days: 2, until, factor: 1 }).runs].length;
  const counts = await copyRuns(server.url, companyHistory({ seed: "7", days: 2, until, factor }), { until, environment: "prod" });
  expect(counts.runs / once).toBeGreaterThan(factor * 0.98);
  const { rows } = await ledger().execute(sql`
    select (select count(*)::int from run) as runs, (select count(*)::int from attempt) as attempts,
      (select count(*)::int from attempt where pipeline = 'web_events_sessions') as own,
      (select count(*)::int from run where ended_at > ${until.toISOString()}::timestamptz) as future,
      (select count(*)::int from (select 1 from attempt where is_latest group by pipeline, run_id, task_id, map_index having count(*) > 1) twice) as twice`);
  expect(rows[0]).toMatchObject({ runs: counts.runs, attempts: counts.attempts, future: 0, twice: 0 });
  const share = Number(rows[0]?.own) / counts.attempts;
  expect(share).toBeGreaterThan(0.36);
  expect(share).toBeLessThan(0.48);
}, 60_000);
