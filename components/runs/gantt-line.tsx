import Link from "next/link";
import { Glyph } from "@/components/ui/glyph";
import { State, toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { countOf, spansOf, statesOf } from "@/lib/folded";
import { count, plural } from "@/lib/format/count";
import { between, duration } from "@/lib/format/duration";
import { attemptSaid } from "@/lib/format/states";
import { isPending, stretchesOf } from "@/lib/format/task-timeline";
import { moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import type { GanttRow } from "@/lib/gantt";
import { paths } from "@/lib/paths";
import type { FoldedTask, RunId } from "@/lib/schemas/run";
import type { Usual } from "@/lib/schemas/usual";
import { barSaid, type CriticalPath } from "./gantt-words";

type Shared = {
  /** Place of a time on what is shown, 0 to 1; beyond, it is not on screen. */
  at: (time: number) => number;
  now: number;
  run: RunId;
  usual: Record<string, Usual>;
  folded: FoldedTask[];
  path: CriticalPath;
  /** Places where idle time was drawn together. */
  gaps: number[];
};
type GanttLineProps = Shared & { line: GanttRow; isStop: boolean; isSelected: boolean; onFocus: () => void; onToggle: () => void };

const indent = (depth: number) => ({ paddingLeft: `${Math.min(depth, 6) * 14}px` });

/** One line of the chart: a task to choose, or a group to open. */
export function GanttLine(props: GanttLineProps) {
  return props.line.kind === "task" ? <TaskLine {...props} /> : <GroupLine {...props} />;
}

function TaskLine({ line, isStop, isSelected, onFocus, ...shared }: GanttLineProps) {
  const zone = useZone();
  const [row] = line.rows;
  if (!row) return null;
  const { at, now, run, usual, path } = shared;
  const { latest, tries } = row;
  const said = attemptSaid[latest.state];
  const tookMs = latest.durationMs ?? (isPending(latest) ? between(latest.startedAt, latest.endedAt, now) : null);
  const stretches = tries.flatMap((attempt) => stretchesOf(attempt, now));
  const ran = stretches.findLast(({ kind }) => kind === "run");
  const usually = usual[row.taskId];
  const isCritical = path.keys.size > 1 && path.keys.has(row.key);
  const lastEnd = Math.max(...stretches.map(({ to }) => to));
  const firstStart = Math.min(...stretches.map(({ from }) => from));
  // The number of tries stands behind the last one, or before the first, where there is room.
  const isAtEnd = at(lastEnd) > 0.85;
  const hasRoom = !isAtEnd || at(firstStart) > 0.15;
  return (
    <Link
      href={paths.attempt(run, row.taskId, latest.tryNumber, row.mapIndex)}
      className="g"
      data-line={line.key}
      tabIndex={isStop ? 0 : -1}
      aria-current={isSelected || undefined}
      onFocus={onFocus}
      prefetch={false}
      scroll={false}
      replace
    >
      <span className="flex min-w-0 items-center gap-[7px] overflow-hidden whitespace-nowrap" style={indent(line.depth)}>
        <State {...said} size={13} isWordHidden />
        <span className="truncate" title={line.title}>
          {line.label}
        </span>
        {isCritical && <span className="sr-only">on the longest path</span>}
      </span>
      <span className="bar" role="img" aria-label={barSaid(row, usually, now, zone)}>
        <Ground {...shared} />
        {stretches.map((stretch) => (
          <i
            key={`${stretch.kind} ${stretch.from}`}
            className={cn(
              stretch.kind,
              stretch.kind === "run" && toneClass[stretch.tone],
              stretch.isOpen && "open",
              isCritical && stretch === ran && "crit",
            )}
            style={spread(at(stretch.from), at(stretch.to))}
          />
        ))}
        {usually && ran && <i className="usual" style={spread(at(ran.from), at(ran.from + usually.p50Ms))} />}
        {tries.length > 1 && stretches.length > 0 && hasRoom && (
          <b className={cn(toneClass[said.tone], isAtEnd && "before")} style={{ "--x": percent(at(isAtEnd ? firstStart : lastEnd)) }}>
            {plural(tries.length, "try", "tries")}
          </b>
        )}
      </span>
      <span className="d">{tookMs === null ? (stretches.length === 0 ? said.word.toLowerCase() : "") : duration(tookMs)}</span>
    </Link>
  );
}

const worst = ["fail", "late", "run", "mute", "ok"] as const;

function GroupLine({ line, isStop, isSelected, onFocus, onToggle, ...shared }: GanttLineProps) {
  const zone = useZone();
  const { at, now, path, folded } = shared;
  const taskIds = new Set(line.rows.map(({ taskId }) => taskId));
  const own = folded.filter(({ taskId }) => taskIds.has(taskId));
  const counts = statesOf(line.rows, own);
  const total = countOf(counts);
  const folds = spansOf(own, now);
  const stretches = line.rows
    .flatMap(({ tries }) => tries.flatMap((attempt) => stretchesOf(attempt, now)))
    .filter(({ kind }) => kind === "run");
  const tone = worst.find((each) => [...counts.keys()].some((state) => attemptSaid[state].tone === each)) ?? "mute";
  const from = [...stretches, ...folds].reduce((least, stretch) => Math.min(least, stretch.from), Infinity);
  const to = [...stretches, ...folds].reduce((most, stretch) => Math.max(most, stretch.to), -Infinity);
  const done = countOf(counts, "success", "skipped");
  const failed = countOf(counts, "failed");
  const progress = `${count(done)} of ${count(total)} done`;
  const isCritical = path.keys.size > 1 && line.rows.some(({ key }) => path.keys.has(key));
  const isDrawn = !line.isOpen && stretches.length > 0;
  const goesOn = stretches.some(({ isOpen }) => isOpen);
  const drawn = isDrawn && [
    `${goesOn ? "runs" : "ran"} from ${moment(from, now, zone, true)} to ${goesOn ? "now" : moment(to, now, zone, true)}`,
    isCritical && "on the longest path",
  ];
  return (
    <button
      type="button"
      className="g w-full text-left"
      data-line={line.key}
      tabIndex={isStop ? 0 : -1}
      aria-expanded={line.isOpen}
      aria-current={isSelected || undefined}
      onFocus={onFocus}
      onClick={onToggle}
    >
      <span className="flex min-w-0 items-center gap-[7px] overflow-hidden whitespace-nowrap" style={indent(line.depth)}>
        <Glyph name={line.isOpen ? "down" : "right"} size={11} className="shrink-0 text-ink-3" />
        <span className="truncate" title={`${line.title}: ${progress}`}>
          {line.label}
        </span>
        {line.kind === "mapped" ? (
          <>
            <span className="shrink-0 text-ink-3">× {count(total)}</span>
            {failed === 0 && done < total && <span className="shrink-0 text-ink-3">{count(done)} done</span>}
            <span className="sr-only">{progress}</span>
          </>
        ) : (
          <span className="shrink-0 text-ink-3">
            {count(done)} of {count(total)}
          </span>
        )}
        {failed > 0 && <span className="shrink-0 text-fail-ink">{failed} failed</span>}
      </span>
      <span className="bar" {...(drawn ? { role: "img", "aria-label": drawn.filter(Boolean).join(", ") } : { "aria-hidden": true })}>
        <Ground {...shared} />
        {isDrawn && <i className={cn("run", toneClass[tone], isCritical && "crit", goesOn && "open")} style={spread(at(from), at(to))} />}
      </span>
      <span className="d">{isDrawn ? duration(to - from) : ""}</span>
    </button>
  );
}

/** What lies behind the bars: idle time that was drawn together. */
function Ground({ gaps }: Pick<Shared, "gaps">) {
  return gaps.map((gap) => <i key={gap} className="gap" style={{ "--x": percent(gap) }} />);
}

const percent = (share: number) => `${share * 100}%`;
/** Cut to what is on screen, with a little beyond, so that a bar that goes on is seen to. */
const near = (share: number) => Math.min(1.02, Math.max(-0.02, share));
const spread = (from: number, to: number) => ({ "--x": percent(near(from)), "--w0": percent(near(to) - near(from)) });
