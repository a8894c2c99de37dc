import { trySpans } from "@/lib/eta";
import { replay, sumUp } from "@/lib/eta-trial";
import type { EndedRun, EtaTrial } from "@/lib/schemas/eta";
import { companyHistory } from "./company";

interface TrialOptions {
  seed: string;
  days: number;
  until: Date;
  /** Of each pipeline, the newest. */
  ends: number;
}

/** How often the estimated band holds the ends of the sample company's runs. */
export function companyTrial({ seed, days, until, ends }: TrialOptions): EtaTrial {
  const runsOf = new Map<string, EndedRun[]>();
  for (const { run, attempts } of companyHistory({ seed, days, until, factor: 1 }).runs) {
    if (!run.startedAt || !run.endedAt) continue;
    const own = runsOf.get(run.pipeline) ?? [];
    own.push({
      runId: run.runId,
      type: run.type,
      isGood: run.state === "success",
      startedMs: run.startedAt.getTime(),
      endedMs: run.endedAt.getTime(),
      tries: trySpans(attempts),
    });
    runsOf.set(run.pipeline, own);
  }
  const trials = [...runsOf.values()].map((runs) => replay(runs, ends));
  const pipelines = trials.filter((own) => own.some(({ found }) => found !== null)).length;
  return sumUp(trials.flat(), pipelines);
}
