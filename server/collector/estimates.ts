import "server-only";
import { setTimeout as pause } from "node:timers/promises";
import { replay, sumUp, type Trial } from "@/lib/eta-trial";
import type { EtaTrial } from "@/lib/schemas/eta";
import { findAppError } from "@/server/errors";
import { selectEndedRuns, selectEtaTrial, selectSomePipelines } from "@/server/ledger/read/eta";
import { etaTrial } from "@/server/ledger/schema-eta";
import { log } from "@/server/log";
import { Sleeper } from "./loop";
import { ingest, type Scope } from "./scope";

const dayMs = 86_400_000;
const turnMs = 600_000;
/** A start has more urgent work. */
const firstMs = 20_000;
/** So few ends are measured again soon: history may still be coming in. */
const fewEnds = 500;
const mostPipelines = 200;
const endsOfPipeline = 40;
/** As many as an estimate learns from before the first of those ends, and what ended between. */
const runsOfPipeline = 110;
const breathMs = 20;

/** How often the estimated band held the ends of an environment's newest runs. */
export async function measureEstimates(environment: string, ends = endsOfPipeline): Promise<EtaTrial> {
  const trials: Trial[] = [];
  const pipelines = await selectSomePipelines(environment, mostPipelines);
  let counted = 0;
  for (const pipeline of pipelines) {
    const own = replay(await selectEndedRuns({ environment, pipeline }, ["success", "failed"], runsOfPipeline), ends);
    trials.push(...own);
    if (own.some(({ found }) => found !== null)) counted += 1;
    await pause(breathMs);
  }
  return sumUp(trials, counted);
}

async function isDue(environment: string): Promise<boolean> {
  const last = await selectEtaTrial(environment);
  if (!last) return true;
  const ageMs = Date.now() - last.measuredAt.getTime();
  return ageMs >= dayMs || (last.ends < fewEnds && ageMs >= turnMs);
}

/** Measures once a day, and writes it down for the pages that show estimates. */
export async function keepEstimates(scope: Scope, signal: AbortSignal, afterMs = firstMs): Promise<void> {
  const sleeper = new Sleeper();
  await sleeper.sleep(afterMs, signal);
  while (!signal.aborted) {
    const { environment } = scope;
    try {
      if (await isDue(environment)) {
        const trial = await measureEstimates(environment);
        const row = { environment, measuredAt: new Date(), ends: trial.ends, held: trial.held, trial };
        await ingest(scope, null, async (tx) => {
          await tx.insert(etaTrial).values(row).onConflictDoUpdate({ target: etaTrial.environment, set: row });
        });
      }
    } catch (error) {
      if (findAppError(error)) log.debug({ environment, err: error }, "the estimates wait for the ledger");
      else log.error({ environment, err: error }, "the estimates could not be measured");
    }
    await sleeper.sleep(turnMs, signal);
  }
}
