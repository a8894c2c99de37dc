import type { EtaStage, RunEta } from "@/lib/schemas/eta";

/** What had happened in each of the runs that speak for an estimate. */
export function stageWords({ kind, taskId }: EtaStage): string {
  if (taskId === null) return "had begun";
  return kind === "task_started" ? `had begun ${taskId}` : `had ended ${taskId}`;
}

/** Why nothing can be said of the end. */
export const missingWords: Record<NonNullable<RunEta["missing"]>, { short: string; long: string }> = {
  few_runs: {
    short: "too few runs to tell",
    long: "An estimate needs nine good runs of this pipeline; there are fewer yet.",
  },
  longer_than_ever: {
    short: "later than usual",
    long: "From this point on it takes longer than nearly all of its last good runs did: when it ends, they cannot say.",
  },
};
