"use client";

import { SourceAge } from "@/components/ui/as-of";
import { Scroller } from "@/components/ui/scroller";
import { State, type StateProps } from "@/components/ui/state";
import { count, percent } from "@/lib/format/count";
import { sourceLabel } from "@/lib/format/sources";
import { span } from "@/lib/format/time";
import type { OperationCount, SourceDetail } from "@/lib/schemas/status";

const said: Record<SourceDetail["state"], StateProps> = {
  ok: { word: "Current", tone: "ok", glyph: "ok" },
  stale: { word: "Behind", tone: "late", glyph: "stale" },
  failed: { word: "Not readable", tone: "fail", glyph: "lost" },
};

/** What was read last is still current, and cannot be renewed. */
const failing: StateProps = { word: "Fails now", tone: "late", glyph: "partial" };

const sum = (operations: OperationCount[], of: "throttled" | "failed") => operations.reduce((total, each) => total + each[of], 0);

function Refusals({ operations }: { operations: OperationCount[] }) {
  const throttled = sum(operations, "throttled");
  const failed = sum(operations, "failed");
  if (throttled + failed === 0) return <span className="text-ink-3">none</span>;
  return (
    <>
      {throttled > 0 && <span className="block">{count(throttled)} throttled</span>}
      {failed > 0 && <span className="block">{count(failed)} failed</span>}
    </>
  );
}

/** Each system that is read: its state and age, what it was asked this hour and how much of the budget that is. */
export function SourceRows({ sources }: { sources: SourceDetail[] }) {
  return (
    <Scroller label="Sources and call budget, scrolls sideways">
      <table className="rows blocks" aria-label="Sources and call budget">
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">State</th>
            <th scope="col" className="num">
              Lag
            </th>
            <th scope="col">Calls this hour</th>
            <th scope="col">Refused</th>
            <th scope="col" className="num">
              Budget used
            </th>
          </tr>
        </thead>
        <tbody>
          {sources.map((source) => (
            <tr key={`${source.environment} ${source.name}`}>
              <td className="max-desk:col-span-2">
                <span className="font-[500]">{sourceLabel(source.name)}</span>
                <span className="two">{source.environment}</span>
              </td>
              <td className="max-desk:col-span-2">
                <State {...(source.state === "ok" && source.failingSince ? failing : said[source.state])} />
                <span className="two">
                  <SourceAge source={source} />
                </span>
                {source.reason && <span className="two max-w-[60ch] text-ink-2 [overflow-wrap:anywhere]">{source.reason}</span>}
              </td>
              <td className="num max-desk:hidden">{source.lagMs === null ? "never read" : span(source.lagMs)}</td>
              <td className="max-desk:col-span-2">
                {source.operations.length === 0 && <span className="text-ink-3">none</span>}
                {source.operations.map(({ operation, calls }) => (
                  <span key={operation} className="block">
                    {count(calls)} <span className="text-ink-2">{operation}</span>
                  </span>
                ))}
              </td>
              <td>
                <span className="text-ink-3 desk:hidden">Refused: </span>
                <Refusals operations={source.operations} />
              </td>
              <td className="num">
                {source.budgetShare === null ? "no budget" : percent(source.budgetShare)}
                {source.budgetPerSecond !== null && <span className="two">of {source.budgetPerSecond} a second</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}
