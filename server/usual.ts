import "server-only";
import type { Usual } from "@/lib/schemas/usual";
import { type PipelineKey, selectRunLengths, selectTaskLengths } from "./ledger/read/usual";

/** Fewer good runs say nothing about what is usual. */
export const fewestRuns = 5;

/** The value below which a share of the sorted values lies, between neighbours in proportion, as PostgreSQL's percentile_cont. */
export function quantile(sorted: number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}

export function usualOf(lengthsMs: number[]): Usual | null {
  if (lengthsMs.length < fewestRuns) return null;
  const sorted = lengthsMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(quantile(sorted, share));
  return { count: sorted.length, p50Ms: at(0.5), p90Ms: at(0.9), p95Ms: at(0.95) };
}

const keyText = ({ environment, pipeline }: PipelineKey) => JSON.stringify([environment, pipeline]);

/** How long the runs of each of these pipelines usually take; one query however many. */
export async function usualOfPipelines(keys: PipelineKey[]): Promise<(key: PipelineKey) => Usual | null> {
  const pipelines = [...new Map(keys.map((key) => [keyText(key), key])).values()];
  const rows = await selectRunLengths(pipelines);
  const usual = new Map(rows.map((row) => [keyText(row), usualOf(row.lengthsMs)]));
  return (key) => usual.get(keyText(key)) ?? null;
}

/** How long each task of a pipeline usually runs, from start to end of the try that succeeded; its mapped instances count each. */
export async function usualOfTasks(key: PipelineKey): Promise<Map<string, Usual>> {
  const rows = await selectTaskLengths(key);
  return new Map(
    rows.flatMap(({ taskId, lengthsMs }) => {
      const usual = usualOf(lengthsMs);
      return usual ? [[taskId, usual]] : [];
    }),
  );
}
