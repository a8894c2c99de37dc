import { change, type Found, grouped, same } from "./compare-found";
import { type Both, isNear, rowsShare, type Side, type SideTask } from "./compare-sides";
import { duration } from "./format/duration";
import type { ThingKind } from "./schemas/compare";

const memoryShare = 0.2;
const durationShare = 0.25;
const shortMs = 30_000;
/** So much of its memory is all of it: the figures are by the minute. */
const fullShare = 0.97;

/** Only where both wrote: a table that a failed run did not come to write is no change of the data. */
export function findRows(before: Side, now: Side): Found[] {
  const both = [...now.rows].flatMap(([table, is]) => {
    const was = before.rows.get(table) ?? null;
    return was === null || is === null ? [] : [{ table, was, is }];
  });
  const differing = both.filter(({ was, is }) => !isNear(was, is, rowsShare));
  if (both.length === 0) return [];
  if (differing.length === 0) return [same("rows", "rows written, within 20 %")];
  return differing.map(({ table, was, is }) => ({
    kind: "rows",
    title: "Rows written",
    of: table,
    before: grouped(was),
    now: grouped(is),
    difference: change(was, is),
    state: "differs",
    about: null,
    isMore: is > was,
  }));
}

export function findMeasured(tasks: Both[]): Found[] {
  const found = tasks.flatMap(({ taskId, before, now }): Found[] => {
    const lines: Found[] = [];
    const [hadMib, hasMib] = [before.attempt.memoryPeakMib, now.attempt.memoryPeakMib];
    if (hadMib !== null && hasMib !== null && !isNear(hadMib, hasMib, memoryShare)) {
      const limit = now.container?.memoryMib ?? null;
      const isFull = limit !== null && hasMib >= fullShare * limit;
      const said = { before: mb(hadMib), now: isFull ? `${mb(hasMib)}, the limit` : mb(hasMib) };
      lines.push({ ...measured("memory", "Peak memory", taskId, hadMib, hasMib), ...said });
    }
    const [tookMs, takesMs] = [before.attempt.durationMs, now.attempt.durationMs];
    if (tookMs !== null && takesMs !== null && isOtherTime(before, now, tookMs, takesMs)) {
      const said = { before: duration(tookMs), now: duration(takesMs) };
      lines.push({ ...measured("duration", "Time", taskId, tookMs, takesMs), ...said });
    }
    return lines;
  });
  const isTimed = found.some(({ kind }) => kind === "duration");
  return isTimed || tasks.length === 0 ? found : [...found, same("duration", "times of tasks that ran in both")];
}

const mb = (mib: number) => `${grouped(Math.round(mib))} MB`;

/** A task that failed sooner than it would have ended took no less time: it broke off. */
function isOtherTime(before: SideTask, now: SideTask, tookMs: number, takesMs: number): boolean {
  if (before.attempt.state !== "success" || Math.abs(takesMs - tookMs) <= shortMs || isNear(tookMs, takesMs, durationShare)) return false;
  return now.attempt.state === "success" || (now.attempt.state === "failed" && takesMs > tookMs);
}

const measured = (kind: ThingKind, title: string, taskId: string, before: number, now: number): Found => ({
  ...same(kind, title, null, taskId),
  difference: change(before, now),
  state: "differs",
  about: [taskId],
  isMore: now > before,
});
