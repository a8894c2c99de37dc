"use client";

import type { ReactNode } from "react";
import { Glyph } from "@/components/ui/glyph";
import { Empty } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { Scroller } from "@/components/ui/scroller";
import { State } from "@/components/ui/state";
import type { ComparedThing, RunComparison } from "@/lib/schemas/compare";
import { useRunName } from "./versus";

const words = { yes: "Yes.", maybe: "It may.", no: "No." };

/** What differs, the most telling first, each with whether it explains the failure; below it all that is the same. */
export function Differences({ answer, asOf }: { answer: RunComparison; asOf: ReactNode }) {
  const nameOf = useRunName();
  const { run, with: other, things, failureClass } = answer;
  const differing = things.filter(({ state }) => state === "differs");
  const unknown = things.filter(({ state }) => state === "unknown");
  const hasFailed = failureClass !== null;
  return (
    <Panel title="What differs" note={differing.length > 1 ? "most telling first" : undefined} end={asOf}>
      {differing.length === 0 ? (
        <Empty title="Nothing that is recorded differs.">
          {hasFailed ? "Its logs, side by side below, may say more." : "Neither settings, code nor data."}
        </Empty>
      ) : (
        <Scroller label="Differences">
          <table className="rows found" aria-label="Differences">
            <thead>
              <tr>
                <th scope="col">Thing</th>
                <th scope="col" className="num">
                  {other && nameOf(other)}
                </th>
                <th scope="col" className="num">
                  {nameOf(run)}
                </th>
                <th scope="col" className="num">
                  Difference
                </th>
                {hasFailed && <th scope="col">Does it explain the failure?</th>}
              </tr>
            </thead>
            <tbody>
              {differing.map((thing) => (
                <Row key={`${thing.kind} ${thing.title} ${thing.of} ${thing.now}`} thing={thing} hasFailed={hasFailed} />
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
      <Same things={things.filter(({ state }) => state === "same")} />
      {unknown.length > 0 && (
        <p className="alike">
          <Glyph name="unknown" size={13} />
          <b>Not known</b>
          {unknown.map(({ kind, title, of }) => (
            <span key={`${kind} ${title} ${of}`}>{of ? `${title} of ${of}` : title}</span>
          ))}
        </p>
      )}
    </Panel>
  );
}

function Row({ thing, hasFailed }: { thing: ComparedThing; hasFailed: boolean }) {
  const { title, of, before, now, difference, explains, why } = thing;
  return (
    <tr className={explains === "yes" ? "yes" : undefined}>
      <td className="max-w-[260px]">
        <b>{title}</b>
        {of && (
          <span className="two truncate" title={of}>
            <code>{of}</code>
          </span>
        )}
      </td>
      <td className="num text-ink-2">
        <Value text={before} />
      </td>
      <td className="num font-[500]">
        <Value text={now} />
      </td>
      <td className="num">{difference && <Value text={difference} />}</td>
      {hasFailed && explains && (
        <td>
          {explains === "no" ? (
            <span className="text-ink-2">{words.no}</span>
          ) : (
            <State tone="late" glyph={explains === "yes" ? "late" : "unknown"} word={words[explains]} />
          )}{" "}
          <span className="text-ink-2">{why}</span>
        </td>
      )}
    </tr>
  );
}

/** A command or a list of names is long: its beginning is shown, the whole is its title. */
const Value = ({ text }: { text: string | null }) =>
  text === null ? (
    <span className="text-ink-3" aria-hidden="true">
      –
    </span>
  ) : (
    <span className="inline-block max-w-[220px] truncate align-top" title={text}>
      {text}
    </span>
  );

function Same({ things }: { things: ComparedThing[] }) {
  if (things.length === 0) return null;
  return (
    <p className="alike">
      <b>
        <span aria-hidden="true">= </span>The same in both
      </b>
      {things.map(({ kind, title, of, now }) => (
        <span key={`${kind} ${title} ${of}`}>
          {title}
          {now !== null && kind !== "definition" && <code> {now}</code>}
        </span>
      ))}
    </p>
  );
}
