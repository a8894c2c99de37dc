import "server-only";
import { type Attention, attentionOfOpen, attentionRules } from "@/lib/attention";
import type { RunId } from "@/lib/schemas/run";
import { env } from "./env";
import { selectOpenRuns, selectUnfixed } from "./ledger/read/attention";
import { selectStateName } from "./ledger/read/runs";
import { readShared } from "./shared-reads";
import { usualOfPipelines } from "./usual";

type Key = Pick<RunId, "environment" | "pipeline" | "runId">;

export interface Attending {
  runs: (Key & { needs: Attention })[];
  /** There are more failures than these. */
  isMore: boolean;
}

const mostFailures = 1_000;
/** A run becomes long without that anything changes in the ledger. */
const freshMs = 10_000;

export const runKeyText = ({ environment, pipeline, runId }: Key) => JSON.stringify([environment, pipeline, runId]);

/** What needs somebody in these environments; found once for all who ask until something changes. */
export async function attendingOf(environments: string[]): Promise<Attending> {
  const key = JSON.stringify(["attending", env().databaseUrl, environments, await selectStateName()]);
  return readShared(
    key,
    () => find(environments),
    ({ runs }) => ({ freshMs, sizeBytes: key.length + runs.length * 300 }),
  );
}

async function find(environments: string[]): Promise<Attending> {
  const [failed, open] = await Promise.all([
    selectUnfixed(environments, attentionRules.failureDays, mostFailures + 1),
    selectOpenRuns(environments),
  ]);
  const usualOf = await usualOfPipelines(open.filter(({ state }) => state === "running"));
  const now = Date.now();
  const judged = open.flatMap((row) => {
    const needs = attentionOfOpen(row, usualOf(row), now);
    return needs ? [{ environment: row.environment, pipeline: row.pipeline, runId: row.runId, needs }] : [];
  });
  return {
    runs: [...judged, ...failed.slice(0, mostFailures).map((each) => ({ ...each, needs: "failed" as const }))],
    isMore: failed.length > mostFailures,
  };
}
