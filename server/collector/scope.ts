import "server-only";
import { sql } from "drizzle-orm";
import type { PriceBook } from "@/lib/prices";
import type { OperationCalls } from "@/lib/schemas/facts";
import { ledger, type Transaction } from "@/server/ledger/db";
import { holdEpoch, type Lease } from "@/server/ledger/lease";
import { type ChangeKey, mostKeys, notify, runKey } from "@/server/ledger/notify";
import { readCursor, recordSuccess } from "@/server/ledger/source-health";
import { refreshCosts } from "./costs";

/** Where facts are ingested, and in whose leadership. */
export interface Scope {
  environment: string;
  region: string;
  /** What join keys call this environment. */
  mwaaName: string;
  /** Null for a writer of its own data, such as a simulation. */
  lease: Lease | null;
  /** For facts of a simulation, whose ledger is the same whenever it is written: what stands for the time of writing of a row. */
  stamp?: (fact: object) => Date;
  /** Other prices than the bundled ones of the region. */
  prices?: PriceBook;
}

/** When a row is said to have been written. */
export const writtenAt = (scope: Scope, fact: object): Date => scope.stamp?.(fact) ?? new Date();

const runsChanged: ChangeKey[] = ["runs", "pipelines", "status", "tables"];

/** What an ingest changed. */
export class Changes {
  readonly keys = new Set<ChangeKey>();
  /** Attempts whose cost may differ now. */
  readonly attempts = new Set<string>();
  /** Attempts that were added with the cost of one that nothing is joined to, though something may be. */
  readonly unjoined = new Set<string>();

  run(environment: string, pipeline: string, runId: string): void {
    for (const key of runsChanged) this.keys.add(key);
    if (this.keys.size < mostKeys) this.keys.add(runKey(environment, pipeline, runId));
  }
}

export interface Look {
  source: string;
  calls: OperationCalls[];
  staleAfterMs: number;
  /** Or what it becomes, by the one that is there when nobody else can move it. */
  cursor?: unknown | ((stored: unknown) => unknown);
  remark?: string | null;
}

/**
 * What an ingest names it looks up by index, until its transaction ends. The planner takes random reads for dear and cannot know how few rows a time span
 * or a page has, so that it would read the whole of a ledger of middling size for each page.
 */
const byLookUp = sql`set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`;

/**
 * One ingest: its rows, the costs that they change, the source's cursor and health and one notification commit together, in the leader's epoch or not at all.
 * @param look null when the facts come from no source whose health is kept
 */
export function ingest<T>(scope: Scope, look: Look | null, work: (tx: Transaction, changes: Changes) => Promise<T>): Promise<T> {
  return ledger().transaction(async (tx) => {
    // One after the other within an environment: an attempt and its container that arrive together must each see the other.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('penstock ingest'), hashtext(${scope.environment})), ${byLookUp}`);
    const changes = new Changes();
    const result = await work(tx, changes);
    await refreshCosts(tx, scope, changes);
    if (look) {
      const key = { environment: scope.environment, source: look.source };
      const cursor = typeof look.cursor === "function" ? look.cursor(await readCursor(tx, key)) : look.cursor;
      await recordSuccess(tx, key, look.calls, look.staleAfterMs, { cursor, remark: look.remark });
    }
    await notify(tx, changes.keys);
    // Last: while the lease's row is locked it cannot be renewed.
    await holdEpoch(tx, scope.lease);
    return result;
  });
}
