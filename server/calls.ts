import "server-only";
import type { OperationCalls } from "@/lib/schemas/facts";
import { env } from "./env";
import { ledger } from "./ledger/db";
import { recordCalls, type SourceKey } from "./ledger/source-health";
import { perSecond } from "./sources/budgets";
import { takeCalls } from "./sources/call";

const shared = globalThis as typeof globalThis & { penstockUnwritten?: Map<string, { key: SourceKey; calls: OperationCalls[] }> };

/** Takes what this process has counted since the last time; counts that could not be written are kept for the next. */
function gather(): Map<string, { key: SourceKey; calls: OperationCalls[] }> {
  shared.penstockUnwritten ??= new Map();
  const unwritten = shared.penstockUnwritten;
  for (const { name: environment } of env().environments) {
    for (const source of [...Object.keys(perSecond), "identity"]) {
      const taken = takeCalls(environment, source);
      if (taken.length === 0) continue;
      const known = unwritten.get(`${environment}/${source}`)?.calls ?? [];
      unwritten.set(`${environment}/${source}`, { key: { environment, source }, calls: added(known, taken) });
    }
  }
  return unwritten;
}

function added(known: OperationCalls[], more: OperationCalls[]): OperationCalls[] {
  const sums = new Map(known.map((each) => [each.operation, { ...each }]));
  for (const each of more) {
    const sum = sums.get(each.operation);
    if (!sum) sums.set(each.operation, { ...each });
    else {
      sum.calls += each.calls;
      sum.throttled += each.throttled;
      sum.failed += each.failed;
    }
  }
  return [...sums.values()];
}

/**
 * Writes the calls that this web process made (logs, actions, the doctor) to those of the collector.
 * @throws AppError of the ledger; nothing is lost then
 */
export async function flushCalls(): Promise<void> {
  const unwritten = gather();
  for (const [id, { key, calls }] of unwritten) {
    unwritten.delete(id);
    try {
      await recordCalls(ledger(), key, calls);
    } catch (error) {
      unwritten.set(id, { key, calls: added(unwritten.get(id)?.calls ?? [], calls) });
      throw error;
    }
  }
}
