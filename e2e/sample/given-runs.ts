import { Client } from "pg";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { platform } from "../platform";

const prefix = "story-";
const secondsAgo = (seconds: number | null) => (seconds === null ? null : new Date(Date.now() - seconds * 1_000).toISOString());

interface GivenRun {
  runId: string;
  pipeline: string;
  state: "queued" | "running" | "success" | "failed";
  queuedAgo: number;
  startedAgo?: number | null;
  endedAgo?: number | null;
  /** Data of its own, which no later run of the schedule makes good. */
  hasInterval?: boolean;
  isGone?: boolean;
  conf?: Record<string, unknown>;
}

async function inLedger<T>(work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: platform.ledgerUrl });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** What an ingest says when it has changed something. */
async function tell(client: Client) {
  await client.query("insert into change (at, keys) values (now(), '{runs}')");
  await client.query("select pg_notify('penstock', '[\"runs\"]')");
}

/** Runs of the sample company that its simulation does not make at a time that a story could wait for; times in seconds ago. */
export const givenRuns = (runs: GivenRun[]): Promise<void> =>
  inLedger(async (client) => {
    for (const { runId, pipeline, state, queuedAgo, startedAgo = null, endedAgo = null, hasInterval, isGone = false, conf } of runs) {
      const from = hasInterval ? secondsAgo(queuedAgo + 3_600) : null;
      await client.query(
        `insert into run (environment, pipeline, run_id, state, type, data_interval_start, data_interval_end, run_after, queued_at,
           started_at, ended_at, triggered_by, conf, sort_at, is_gone, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, $8, $13, now())`,
        [
          sample,
          pipeline,
          `${prefix}${runId}`,
          state,
          hasInterval ? "scheduled" : "manual",
          from,
          from && secondsAgo(queuedAgo),
          secondsAgo(queuedAgo),
          secondsAgo(startedAgo),
          secondsAgo(endedAgo),
          hasInterval ? null : "Nora Lind",
          conf ? JSON.stringify(conf) : null,
          isGone,
        ],
      );
    }
    await tell(client);
  });

/** A run that was given succeeds now. */
export const endGivenRun = (runId: string): Promise<void> =>
  inLedger(async (client) => {
    await client.query("update run set state = 'success', ended_at = now(), changed_at = now() where environment = $1 and run_id = $2", [
      sample,
      `${prefix}${runId}`,
    ]);
    await tell(client);
  });

export const removeGivenRuns = (): Promise<void> =>
  inLedger(async (client) => {
    await client.query("delete from run where environment = $1 and run_id like $2", [sample, `${prefix}%`]);
    await tell(client);
  });
