"use client";

import Link from "next/link";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Empty, Ghosts } from "@/components/ui/notice";
import { State } from "@/components/ui/state";
import { plural } from "@/lib/format/count";
import { between, duration } from "@/lib/format/duration";
import { useNow } from "@/lib/format/now";
import { runSaid } from "@/lib/format/states";
import { clock, day as dayName, longDay } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { paths } from "@/lib/paths";
import { clockQueries } from "@/lib/queries/clock";
import { useLive } from "@/lib/queries/live";
import type { ClockPage, ClockRow } from "@/lib/schemas/clock";
import { ClockKey, Hours, Way } from "./way";

const mostLines = 100;
const isMoving = ({ items }: ClockPage) => items.some(({ bars }) => bars.some(({ to }) => to === null));

/** One day of a pipeline, or the seven from it on: on the clock, and as a table of the same runs. */
export function PipelineDay({ environment, pipeline, day }: { environment: string; pipeline: string; day: string }) {
  const zone = useZone();
  const [span, setSpan] = useQueryState("span", parseAsStringLiteral(["day", "week"]).withDefault("day").withOptions({ scroll: false }));
  const { data: page } = useLive(clockQueries.clock({ environment, pipeline, span, day, zone }), isMoving);
  const name = longDay(`${day}T12:00:00Z`, "UTC");
  const [row] = page?.items ?? [];
  return (
    <section aria-label={name} className="border-t border-line px-3.5 pt-3 pb-3.5 desk:px-4">
      <div className="mb-2 flex flex-wrap items-center gap-x-4 gap-y-1">
        <h3 className="font-strong">{span === "week" ? `Seven days from ${name}` : name}</h3>
        <ClockKey />
        <fieldset className="seg ml-auto" aria-label="How much time">
          {(["day", "week"] as const).map((each) => (
            <button key={each} type="button" aria-pressed={span === each} onClick={() => void setSpan(each)}>
              {each === "day" ? "Day" : "Week"}
            </button>
          ))}
        </fieldset>
      </div>
      {page && row ? (
        <>
          <Hours window={page} />
          <Way row={row} window={page} />
          <DayTable row={row} isWeek={span === "week"} />
        </>
      ) : (
        <Ghosts rows={3} label="Reading the day" />
      )}
    </section>
  );
}

function DayTable({ row, isWeek }: { row: ClockRow; isWeek: boolean }) {
  const zone = useZone();
  const now = useNow(30_000);
  const at = (time: string) => (isWeek ? `${dayName(time, now, zone)}, ${clock(time, zone)}` : clock(time, zone));
  if (row.bars.length + row.planned.length === 0)
    return <Empty title="Nothing ran, and nothing is planned.">Another day may have runs.</Empty>;
  const lines = [
    ...row.bars.map((bar) => ({ ...bar, key: bar.from + bar.runId, planned: null })),
    ...row.planned.map((planned) => ({ key: planned.at, from: planned.at, planned })),
  ];
  return (
    <>
      <table className="rows mt-2" aria-label="Its runs of this time">
        <thead>
          <tr>
            <th scope="col">State</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col" className="num">
              Duration
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.slice(0, mostLines).map((line) => (
            <tr key={line.key}>
              <td>
                {"runId" in line ? (
                  <Link href={paths.run({ environment: row.environment, pipeline: row.pipeline, runId: line.runId })} prefetch={false}>
                    <State {...runSaid[line.state]} />
                    {line.runs > 1 && <span className="text-ink-3"> {plural(line.runs, "run")}, the last</span>}
                  </Link>
                ) : (
                  <State
                    word={line.planned?.isLikely ? "Likely" : Date.parse(line.from) > now ? "Planned" : "Due"}
                    tone="mute"
                    glyph="soon"
                  />
                )}
              </td>
              <td>{at(line.from)}</td>
              <td>{"to" in line && line.to ? at(line.to) : "–"}</td>
              <td className="num">{"runId" in line ? duration(between(line.from, line.to, now) ?? 0) : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.length > mostLines && <p className="pt-1 text-small text-ink-3">{lines.length - mostLines} more are on the clock above.</p>}
    </>
  );
}
