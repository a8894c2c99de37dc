import pg from "pg";
import { ingestRuns } from "@/server/collector/ingest";
import { ingestAttempts } from "@/server/collector/ingest-attempts";
import { ingest, type Scope } from "@/server/collector/scope";
import { attemptId } from "@/server/ledger/attempt-id";
import { switchLedger } from "@/server/ledger/db";
import { takeLease } from "@/server/ledger/lease";
import { atLeast, numberOption, print } from "./figures";
import { type SimulatedRun, simulateRuns } from "./history/simulate";
import { emptyLedger } from "./ledger";
import { processorMsBelow } from "./penstock";

/** History through the collector's own ingest, in transactions of 5,000 rows that a leader's epoch guards, two environments at a time; then the same again; beside a row at a time. */
const runs = numberOption("runs", 60_000);
const batchRuns = numberOption("batch", 1_250);
const lanes = numberOption("environments", 2);
/** A page of Airflow's answer has a hundred rows at most, and each is a transaction. */
const pageRuns = 25;
const pagedRows = 40_000;
const peerRows = 4_000;

const server = await emptyLedger("ingest");
await switchLedger(server.url);
const client = new pg.Client({ connectionString: server.url });
await client.connect();
const history = [...simulateRuns({ seed: 1, runs, pipelines: 500, days: 400, until: new Date() })];
const lease = await takeLease("bench", "bench");
if (!lease) throw new Error("an empty ledger's lease is taken");

interface Batches {
  of: SimulatedRun[];
  /** Runs of a transaction; three attempts come with each. */
  size: number;
}

async function lane(name: string, { of, size }: Batches): Promise<{ rows: number; changed: number }> {
  const scope: Scope = { environment: name, region: "eu-west-1", mwaaName: name, lease };
  const sum = { rows: 0, changed: 0 };
  for (let from = 0; from < of.length; from += size) {
    const part = of.slice(from, from + size);
    const attempts = part.flatMap((each) => each.attempts);
    await ingest(scope, null, async (tx, changes) => {
      await ingestRuns(
        tx,
        scope,
        changes,
        part.map((each) => each.run),
      );
      await ingestAttempts(tx, scope, changes, attempts);
      sum.changed += changes.keys.size;
    });
    sum.rows += part.length + attempts.length;
  }
  return sum;
}

/** Processor time of this process and of PostgreSQL's: what a machine with other work to do does not distort. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return processorMsBelow(server.pid) + (user + system) / 1_000;
}

async function pass(name: string, batches: Batches = { of: history, size: batchRuns }) {
  const began = performance.now();
  const busy = processorMs();
  const done = await Promise.all(Array.from({ length: lanes }, (_, index) => lane(`${name}${index}`, batches)));
  const rows = done.reduce((sum, each) => sum + each.rows, 0);
  const perSecond = rows / ((performance.now() - began) / 1000);
  return {
    rows,
    changed: done.reduce((sum, each) => sum + each.changed, 0),
    perSecond,
    processorUs: ((processorMs() - busy) * 1_000) / rows,
  };
}

/** What is written by hand first: each row a statement, all in one transaction. */
async function rowAtATime(part: SimulatedRun[]): Promise<number> {
  const began = performance.now();
  let rows = 0;
  await client.query("begin");
  for (const { run, attempts } of part) {
    await client.query(
      `insert into run (environment, pipeline, run_id, state, type, logical_date, run_after, queued_at, started_at, ended_at, sort_at, changed_at)
       values ('peer', $1, $2, $3, $4, $5, $6, $7, $8, $9, $6, now())
       on conflict (environment, pipeline, run_id) do update set state = excluded.state, ended_at = excluded.ended_at`,
      [run.pipeline, run.runId, run.state, run.type, run.logicalDate, run.runAfter, run.queuedAt, run.startedAt, run.endedAt],
    );
    for (const each of attempts) {
      const key = { environment: "peer", ...each };
      await client.query(
        `insert into attempt (id, environment, pipeline, run_id, task_id, map_index, try_number, is_latest, state, operator, queued_at, started_at, ended_at, changed_at)
         values ($1, 'peer', $2, $3, $4, $5, $6, true, $7, $8, $9, $10, $11, now()) on conflict (id) do update set state = excluded.state, ended_at = excluded.ended_at`,
        [
          attemptId(key),
          each.pipeline,
          each.runId,
          each.taskId,
          each.mapIndex,
          each.tryNumber,
          each.state,
          each.operator,
          each.queuedAt,
          each.startedAt,
          each.endedAt,
        ],
      );
    }
    rows += 1 + attempts.length;
  }
  await client.query("commit");
  return rows / ((performance.now() - began) / 1000);
}

const written = async () => Number((await client.query("select pg_current_wal_lsn() - '0/0' as bytes")).rows[0].bytes);

try {
  await pass("warm");
  const first = await pass("prod");
  // What PostgreSQL notes about rows when it first reads them is not the replay's.
  await client.query("vacuum run, attempt");
  await client.query("checkpoint");
  const before = await written();
  const again = await pass("prod");
  const log = (await written()) - before;
  const paged = await pass("paged", { of: history.slice(0, pagedRows / 4), size: pageRuns });
  const peer = await rowAtATime(history.slice(0, peerRows / 4));
  print({
    what: `ingest in transactions of ${(batchRuns * 4).toLocaleString("en")} rows, ${first.rows.toLocaleString("en")} runs and attempts`,
    value: first.perSecond,
    unit: "rows/s",
    peer: { name: "a row at a time", value: peer },
    target: atLeast(first.perSecond, 50_000, "rows/s"),
  });
  print({ what: "processor time of both sides", value: first.processorUs, unit: "µs a row" });
  print({ what: `in transactions of ${pageRuns * 4} rows, as Airflow's pages are`, value: paged.perSecond, unit: "rows/s" });
  print({ what: "the same again", value: again.perSecond, unit: "rows/s" });
  print({ what: "changes in the replay", value: again.changed, unit: "", target: { text: "0", isMet: again.changed === 0 } });
  print({ what: "write-ahead log of the replay", value: log / again.rows, unit: "bytes a row" });
} finally {
  await client.end();
  await switchLedger(null);
  await server.stop();
}
