import { criticalPath } from "@/lib/critical-path";
import { countOf, statesOf } from "@/lib/folded";
import { count, plural } from "@/lib/format/count";
import { between, duration } from "@/lib/format/duration";
import { attemptSaid } from "@/lib/format/states";
import { isPending, stretchesOf, type TaskRow, taskName } from "@/lib/format/task-timeline";
import { moment } from "@/lib/format/time";
import { grouped } from "@/lib/grouped";
import type { RunDetail } from "@/lib/schemas/run";
import type { PipelineStructure } from "@/lib/schemas/structure";
import type { Usual } from "@/lib/schemas/usual";

/** The chain that made the run as long as it is. `isByTimes`: the DAG's structure is not known. */
export interface CriticalPath {
  keys: ReadonlySet<string>;
  names: string[];
  isByTimes: boolean;
}

const ms = (at: string | null | undefined) => (at ? Date.parse(at) : null);

export function pathOf(rows: TaskRow[], structure: PipelineStructure | null): CriticalPath {
  const tasks = structure && structure.tasks.length > 0 ? new Map(structure.tasks.map((task) => [task.taskId, task.upstream])) : null;
  const nodes = rows.map(({ key, taskId, tries, latest }) => ({
    key,
    taskId,
    beganMs: ms(tries.find(({ startedAt }) => startedAt !== null)?.startedAt),
    endedMs: isPending(latest) ? null : ms(latest.endedAt),
  }));
  const keys = criticalPath(nodes, tasks && ((taskId) => tasks.get(taskId) ?? []));
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return { keys: new Set(keys), names: keys.flatMap((key) => byKey.get(key) ?? []).map(taskName), isByTimes: tasks === null };
}

const mostNames = 6;

/** What a person would say of the chart. */
export function ganttSentence({ run, folded }: RunDetail, rows: TaskRow[], path: CriticalPath, now: number): string {
  const counts = statesOf(rows, folded);
  const states = [...grouped([...counts], ([state]) => attemptSaid[state].word.toLowerCase())].map(
    ([word, some]) => `${count(some.reduce((sum, [, times]) => sum + times, 0))} ${word}`,
  );
  const took = between(run.startedAt, run.endedAt, now);
  const names = path.names.length > mostNames ? [...path.names.slice(0, 2), "…", ...path.names.slice(-3)] : path.names;
  return [
    `${plural(countOf(counts), "task")}: ${states.join(", ")}.`,
    took === null ? "" : `${run.endedAt ? "It took" : "It has taken"} ${duration(took)}.`,
    names.length > 1 ? `Its length came from ${names.join(", then ")}.` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

const did = { wait: "waited", pull: "pulled its image", run: "ran" };

/** What the bar of a task draws: when each try began, what it spent its time on, and how long the task usually runs. */
export function barSaid({ tries }: TaskRow, usual: Usual | undefined, now: number, zone: string): string {
  const each = tries.flatMap((attempt) => {
    const stretches = stretchesOf(attempt, now);
    const [first] = stretches;
    if (!first) return [];
    const name = tries.length > 1 ? `try ${attempt.tryNumber} ${attemptSaid[attempt.state].word.toLowerCase()}, ` : "";
    const parts = stretches.map(({ kind, from, to, isOpen }) => `${did[kind]} ${duration(to - from)}${isOpen ? " so far" : ""}`);
    return [`${name}from ${moment(first.from, now, zone, true)}: ${parts.join(", ")}`];
  });
  if (each.length === 0) return "not begun";
  return [...each, usual && `usually runs ${duration(usual.p50Ms)}`].filter(Boolean).join("; ");
}
