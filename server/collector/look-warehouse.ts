import "server-only";
import { z } from "zod";
import type { TableCheckFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig, TableConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import { readCursor } from "@/server/ledger/source-health";
import { takeCalls } from "@/server/sources/call";
import { checkTable, listLoadsSince, readColumns } from "@/server/sources/warehouse";
import type { Activity } from "./activity";
import { ingestTableChecks, ingestTableLoads } from "./ingest";
import { ingestTableSchemas, unknownSchemas } from "./ingest-schemas";
import { type Pace, staleAfterMs } from "./loop";
import { ingest, type Scope } from "./scope";

export const warehousePace: Pace = { activeMs: 3_000, idleMs: 15_000 };

/** A load's finish is stamped before its transaction commits: later looks reach back so far. */
const overlapMs = 15 * 60_000;
const backfillMs = 90 * 86_400_000;
/** Tables are looked at after a load, and otherwise so often: not every loader keeps a record. */
const checkEveryMs = 15_000;
/** Columns change with deploys. */
const columnsEveryMs = 5 * 60_000;

const Cursor = z.object({ finishedAt: z.iso.datetime() });

/** Reads what one warehouse says of its tables. */
export class WarehouseLook {
  #checkedAt = Number.NEGATIVE_INFINITY;
  #columnsAt = Number.NEGATIVE_INFINITY;

  constructor(
    readonly environment: EnvironmentConfig,
    readonly tables: TableConfig[],
    readonly scope: Scope,
    readonly activity: Activity,
  ) {}

  async look(): Promise<{ isActive: boolean }> {
    const stored = Cursor.safeParse(await readCursor(ledger(), { environment: this.environment.name, source: "warehouse" }));
    const from = stored.success ? new Date(new Date(stored.data.finishedAt).getTime() - overlapMs) : new Date(Date.now() - backfillMs);
    const loads = await listLoadsSince(this.environment, from);
    // A loader whose clock runs ahead must not make every later load look old.
    const newest = loads.findLast((load) => load.finishedAt.getTime() <= Date.now())?.finishedAt.toISOString() ?? stored.data?.finishedAt;
    const look = {
      source: "warehouse",
      calls: takeCalls(this.environment.name, "warehouse"),
      staleAfterMs: staleAfterMs(warehousePace),
      cursor: newest ? { finishedAt: newest } : undefined,
    };
    const fresh = await ingest(this.scope, look, (tx, changes) => ingestTableLoads(tx, this.scope, changes, loads));
    if (fresh > 0 || performance.now() - this.#checkedAt > checkEveryMs) await this.#check();
    if (performance.now() - this.#columnsAt > columnsEveryMs) await this.#readColumns();
    return { isActive: await this.activity.isActive() };
  }

  async #check(): Promise<void> {
    const facts: TableCheckFact[] = [];
    for (const table of this.tables) facts.push(await checkTable(this.environment, table));
    await ingest(this.scope, null, (tx, changes) => ingestTableChecks(tx, this.scope, changes, facts));
    this.#checkedAt = performance.now();
  }

  async #readColumns(): Promise<void> {
    const seen = await readColumns(this.environment, this.tables);
    await ingest(this.scope, null, async (tx, changes) =>
      ingestTableSchemas(tx, this.scope, changes, await unknownSchemas(tx, this.scope, seen)),
    );
    this.#columnsAt = performance.now();
  }
}
