import "server-only";
import { type AttemptTimes, estimateEnd, type PastRun, toPast, trySpans } from "@/lib/eta";
import { mostPast } from "@/lib/eta-trial";
import type { RunEta } from "@/lib/schemas/eta";
import { env } from "./env";
import { selectEndedRuns, selectEtaTrial } from "./ledger/read/eta";
import type { RunRow } from "./ledger/read/runs";
import type { PipelineKey } from "./ledger/read/usual";
import { readShared } from "./shared-reads";

const pastFreshMs = 60_000;
const bytesOfEvent = 64;

/** When a running run ends, as its pipeline's good runs tell, and how often such estimates held; null for one that does not run. */
export async function etaOf(run: RunRow, readAttempts: () => Promise<AttemptTimes[]>): Promise<RunEta | null> {
  if (run.state !== "running" || run.isGone || !run.startedAt) return null;
  const [past, trial, attempts] = await Promise.all([pastRuns(run), selectEtaTrial(run.environment), readAttempts()]);
  const found = estimateEnd(past, { startedMs: run.startedAt.getTime(), tries: trySpans(attempts) }, Date.now());
  const isoText = (ms: number) => new Date(ms).toISOString();
  const held = trial && trial.ends > 0 ? trial : null;
  return {
    eta:
      typeof found === "string"
        ? null
        : { p10At: isoText(found.p10Ms), p50At: isoText(found.p50Ms), p90At: isoText(found.p90Ms), count: found.count, stage: found.stage },
    missing: typeof found === "string" ? found : null,
    trial: held && { ends: held.ends, held: held.held, pipelines: held.trial.pipelines, measuredAt: held.measuredAt.toISOString() },
  };
}

/** Read once a minute for all who watch runs of a pipeline. */
function pastRuns({ environment, pipeline }: PipelineKey): Promise<PastRun[]> {
  return readShared(
    JSON.stringify(["past runs", env().databaseUrl, environment, pipeline]),
    async () => (await selectEndedRuns({ environment, pipeline }, ["success"], mostPast)).map(toPast),
    (past) => ({ freshMs: pastFreshMs, sizeBytes: past.reduce((sum, { times }) => sum + times.length * bytesOfEvent, 0) }),
  );
}
