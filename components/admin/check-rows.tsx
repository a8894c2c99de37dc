"use client";

import { Scroller } from "@/components/ui/scroller";
import { State, type StateProps } from "@/components/ui/state";
import { sourceLabel } from "@/lib/format/sources";
import type { Check } from "@/lib/schemas/doctor";

const said: Record<Check["state"], StateProps> = {
  ok: { word: "Allowed", tone: "ok", glyph: "ok" },
  missing: { word: "Missing", tone: "fail", glyph: "block" },
  failed: { word: "Failed", tone: "fail", glyph: "fail" },
  not_tried: { word: "Not tried", tone: "mute", glyph: "queue" },
};
const order: Check["state"][] = ["missing", "failed", "not_tried", "ok"];

/** On a phone each cell has a line of its own. */
const cell = "max-desk:col-span-2";

/** What was tried, what is missing first: the action, the exact resource, the pages that miss it and what to do. */
export function CheckRows({ checks }: { checks: Check[] }) {
  const sorted = [...checks].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state));
  return (
    <Scroller label="What was tried, scrolls sideways">
      <table className="rows blocks" aria-label="What was tried">
        <thead>
          <tr>
            <th scope="col">Result</th>
            <th scope="col">What</th>
            <th scope="col">For</th>
            <th scope="col">Pages</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((check) => (
            <tr key={`${check.environment} ${check.access} ${check.name} ${check.resource} ${check.reason}`}>
              <td className={cell}>
                <State {...said[check.state]} />
                {check.isOptional && check.state !== "ok" && <span className="two">optional</span>}
              </td>
              <td className={cell}>
                <span className="font-[500]">{check.name}</span>
                {check.access === "operate" && <span className="text-ink-3"> as operator</span>}
                <span className="two [overflow-wrap:anywhere]">
                  {[check.environment, sourceLabel(check.system), check.resource].filter(Boolean).join(" · ")}
                  {check.tried && <span className="text-ink-3"> · tried: {check.tried}</span>}
                </span>
                {check.state !== "ok" && check.detail && <span className="two text-ink-2 [overflow-wrap:anywhere]">{check.detail}</span>}
                {check.remedy && <span className="two text-ink [overflow-wrap:anywhere]">{check.remedy}</span>}
              </td>
              <td className={`${cell} text-ink-2`}>{check.reason}</td>
              <td className={`${cell} text-ink-2`}>{check.pages.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
