"use client";

import { parseAsString, useQueryStates } from "nuqs";
import { Honesty } from "@/components/ui/honesty";
import { Ghosts } from "@/components/ui/notice";
import { addDays } from "@/lib/calendar";
import { plural } from "@/lib/format/count";
import { useZone } from "@/lib/format/zone";
import { clockQueries } from "@/lib/queries/clock";
import { brokenBy, useLive } from "@/lib/queries/live";
import { Calendar, CalendarKey } from "./calendar";
import { PipelineDay } from "./pipeline-day";

const monthsShown = 6;

/** Half a year of days, and the runs of the chosen one on its clock. */
export function PipelineMonths({ environment, pipeline }: { environment: string; pipeline: string }) {
  const zone = useZone();
  const [asked, ask] = useQueryStates({ day: parseAsString, month: parseAsString }, { scroll: false });
  const query = useLive(clockQueries.calendar(environment, pipeline, { month: asked.month ?? undefined, months: monthsShown, zone }));
  const calendar = query.data;
  if (!calendar)
    return (
      <>
        <Honesty page="pipelines" answer={undefined} broken={brokenBy(query)} />
        <Ghosts rows={8} label="Reading its days" />
      </>
    );
  const chosen = asked.day && /^\d{4}-\d{2}-\d{2}$/.test(asked.day) ? asked.day : calendar.today;
  const failed = calendar.days.reduce((sum, day) => sum + day.failed, 0);
  const succeeded = calendar.days.reduce((sum, day) => sum + day.succeeded, 0);
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-3.5 pb-3 text-small text-ink-3 desk:px-4">
        <span>
          {plural(succeeded, "run")} succeeded and {failed} failed in {plural(monthsShown, "month")}
        </span>
        <span className="ml-auto flex gap-2">
          <button type="button" className="chip" onClick={() => void ask({ month: addDays(calendar.from, -1).slice(0, 7) })}>
            Earlier
          </button>
          {asked.month !== null && (
            <button type="button" className="chip" onClick={() => void ask({ month: null })}>
              Today
            </button>
          )}
        </span>
      </div>
      <Calendar calendar={calendar} chosen={chosen} onChoose={(day) => void ask({ day })} />
      <CalendarKey />
      <PipelineDay environment={environment} pipeline={pipeline} day={chosen} />
    </>
  );
}
