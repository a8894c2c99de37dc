import { setTimeout as delay } from "node:timers/promises";
import { connected } from "../databases";

/**
 * What the ledger says about a set of runs, without what is new each time: rows are named by pipeline/run/task/map index/try, and times and
 * random ids are left out.
 */
export interface LedgerDump {
  pipelines: { pipeline: string; schedule: string | null; owners: string[]; tags: string[]; params: string[]; isPaused: boolean }[];
  runs: { run: string; state: string; type: string; conf: unknown }[];
  attempts: {
    attempt: string;
    state: string;
    operator: string | null;
    isLatest: boolean;
    hasStarted: boolean;
    hasEnded: boolean;
    failure: string | null;
  }[];
  containers: {
    attempt: string | null;
    joinedBy: string | null;
    status: string;
    exitCode: number | null;
    stopCode: string | null;
    reason: string | null;
    memoryMib: number | null;
  }[];
  glueRuns: { attempt: string | null; joinedBy: string | null; job: string; state: string; hasError: boolean }[];
  tableLoads: { attempt: string | null; table: string; rowsRead: number; rowsWritten: number; rowsRejected: number }[];
}

const attempt = "a.pipeline || '/' || a.run_id || '/' || a.task_id || '/' || a.map_index || '/' || a.try_number";

const queries: Record<keyof LedgerDump, string> = {
  pipelines: `select p.pipeline, p.schedule, p.owners, (select coalesce(array_agg(tag order by tag), '{}') from unnest(p.tags) tag) as tags, p.is_paused as "isPaused",
      (select coalesce(array_agg(one->>'name' order by one->>'name'), '{}') from jsonb_array_elements(p.params) one) as params
    from pipeline p where exists (select from run r where (r.environment, r.pipeline) = (p.environment, p.pipeline)) order by 1`,
  runs: `select pipeline || '/' || run_id as run, state, type, conf from run order by 1`,
  attempts: `select ${attempt} as attempt, a.state, a.operator, a.is_latest as "isLatest", a.started_at is not null as "hasStarted", a.ended_at is not null as "hasEnded",
      (select f.class from failure f where f.attempt_id = a.id) as failure
    from attempt a order by 1`,
  containers: `select case when a.id is null then null else ${attempt} end as attempt, e.joined_by as "joinedBy", e.last_status as status, e.exit_code as "exitCode",
      e.stop_code as "stopCode", split_part(coalesce(e.container_reason, e.stopped_reason), ':', 1) as reason, e.memory_mib as "memoryMib"
    from ecs_task e left join attempt a on a.id = e.attempt_id order by 1, 5`,
  glueRuns: `select case when a.id is null then null else ${attempt} end as attempt, g.joined_by as "joinedBy", g.job_name as job, g.state, g.error_message is not null as "hasError"
    from glue_run g left join attempt a on a.id = g.attempt_id order by 1, 4`,
  tableLoads: `select case when a.id is null then null else ${attempt} end as attempt, l.table_name as table, l.rows_read::int as "rowsRead",
      (l.rows_inserted + l.rows_updated)::int as "rowsWritten", l.rows_rejected::int as "rowsRejected"
    from table_load l left join attempt a on a.id = l.attempt_id order by 1, 2`,
};

export function readLedger(url: string): Promise<LedgerDump> {
  return connected(url, async (client) => {
    // One picture of all tables, whatever the collector writes meanwhile.
    await client.query("begin isolation level repeatable read read only");
    const dump: Record<string, unknown[]> = {};
    for (const [name, query] of Object.entries(queries)) dump[name] = (await client.query(query)).rows;
    return shortened(dump) as unknown as LedgerDump;
  });
}

/** The longest ids, which differ between versions of Airflow, by a short name. */
function shortened(dump: Record<string, unknown[]>): Record<string, unknown[]> {
  const text = JSON.stringify(dump)
    .replaceAll(/(recorder_dag|recorder_task)\.[^/"]*/g, "$1")
    .replaceAll(/record__ABC[^/"]*/g, "record__longest");
  return JSON.parse(text);
}

/** Everything that the runs did is there, and named by the attempt that did it. */
export const isJoined = (dump: LedgerDump) =>
  dump.runs.length > 0 &&
  dump.runs.every(({ state }) => state === "success" || state === "failed") &&
  [...dump.containers, ...dump.glueRuns, ...dump.tableLoads].every((row) => row.attempt !== null);

/** Reads until two readings that are a while apart are the same and `isComplete`; the last one when that does not come about. */
export async function settledLedger(url: string, isComplete: (dump: LedgerDump) => boolean, deadlineMs: number): Promise<LedgerDump> {
  const until = Date.now() + deadlineMs;
  let last = await readLedger(url);
  for (;;) {
    await delay(10_000);
    const now = await readLedger(url);
    if ((isComplete(now) && JSON.stringify(now) === JSON.stringify(last)) || Date.now() > until) return now;
    last = now;
  }
}

/** Where two ledgers differ, one line for each row; a row that changed is told as gone and new. */
export function ledgerDifferences(expected: LedgerDump, found: LedgerDump): string[] {
  return (Object.keys(queries) as (keyof LedgerDump)[]).flatMap((name) => {
    const lines = (dump: LedgerDump) => dump[name].map((row) => JSON.stringify(row));
    const [before, now] = [lines(expected), lines(found)];
    return [
      ...without(before, now).map((line) => `ledger: ${name} lacks ${line}`),
      ...without(now, before).map((line) => `ledger: ${name} has ${line}`),
    ];
  });
}

/** Of lists that may hold the same line twice. */
function without(lines: string[], others: string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const index = left.indexOf(line);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
