"use client";

import Link from "next/link";
import { Scroller } from "@/components/ui/scroller";
import { State, type StateProps } from "@/components/ui/state";
import { Time } from "@/components/ui/time";
import { happeningOf } from "@/lib/activity-record";
import { paths } from "@/lib/paths";
import type { ActivityEvent } from "@/lib/schemas/activity";

const outcomes: Record<ActivityEvent["outcome"], StateProps> = {
  intended: { word: "Written down", tone: "mute", glyph: "queue" },
  done: { word: "Done", tone: "ok", glyph: "ok" },
  failed: { word: "Failed", tone: "fail", glyph: "fail" },
  denied: { word: "Refused", tone: "fail", glyph: "block" },
};

const actions: Record<string, string> = {
  "run.trigger": "triggered",
  "run.rerun": "reran",
  "run.stop": "stopped",
  "run.note": "noted on",
  "table.refresh": "asked to refresh",
};

/** What it was done to; a run or pipeline is a link, its id on the second line. */
function Target({ event }: { event: ActivityEvent }) {
  const [environment = "", pipeline = "", ...rest] = event.target.split("/");
  const runId = rest.join("/");
  if (!event.action.startsWith("run.") || pipeline === "")
    return <span className="font-[500] [overflow-wrap:anywhere]">{event.target}</span>;
  return (
    <>
      <Link
        href={runId ? paths.run({ environment, pipeline, runId }) : paths.pipeline(environment, pipeline)}
        prefetch={false}
        className="font-[500] [overflow-wrap:anywhere]"
      >
        {pipeline}
      </Link>
      {runId && <span className="two max-w-[44ch] truncate">{runId}</span>}
    </>
  );
}

/** Who did what, and why; newest first, never edited. */
export function ActivityRows({ events }: { events: ActivityEvent[] }) {
  return (
    <Scroller label="Record, scrolls sideways">
      <table className="rows blocks" aria-label="Record">
        <thead>
          <tr>
            <th scope="col" className="num">
              When
            </th>
            <th scope="col">Who</th>
            <th scope="col">Did what</th>
            <th scope="col">Why</th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {events.map((event) => (
            <tr key={happeningOf(event)}>
              <td className="num max-desk:order-2 max-desk:text-small max-desk:text-ink-3">
                <Time at={event.at} hasSeconds />
              </td>
              <td className="max-desk:order-1">
                <span className="font-[500]">{event.userName}</span>
                <span className="two">{event.role}</span>
              </td>
              <td className="max-desk:order-3 max-desk:col-span-2">
                {actions[event.action] ?? event.action} <Target event={event} />
              </td>
              <td className="text-ink-2 max-desk:order-4 max-desk:col-span-2">
                {event.reason ? `“${event.reason}”` : <span className="text-ink-3">no reason given</span>}
              </td>
              <td className="max-desk:order-5 max-desk:col-span-2">
                <State {...outcomes[event.outcome]} />
                {event.detail && <span className="two max-w-[40ch] [overflow-wrap:anywhere]">{event.detail}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
