"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { type KeyboardEvent, useState } from "react";
import { instantOf } from "@/lib/calendar";
import { duration } from "@/lib/format/duration";
import { filterWord, lengthMs, spanWord, typeWord } from "@/lib/format/filter-words";
import { failureWord, runSaid } from "@/lib/format/states";
import { useZone } from "@/lib/format/zone";
import { sourceQueries } from "@/lib/queries/status";
import type { Asked, AskedName } from "@/lib/run-asked";
import type { Run } from "@/lib/schemas/run";

type Kind = "state" | "pipeline" | "environment" | "type" | "who" | "time" | "duration" | "parameter" | "errorClass" | "table";
type Choice = { label: string; change: Partial<Asked> };

const kinds: { kind: Kind; word: string; hint: string }[] = [
  { kind: "state", word: "State", hint: "failed, running…" },
  { kind: "pipeline", word: "Pipeline", hint: "its whole name" },
  { kind: "environment", word: "Environment", hint: "" },
  { kind: "type", word: "Type", hint: "scheduled, by hand, backfill…" },
  { kind: "who", word: "Started by", hint: "me, or a name" },
  { kind: "time", word: "Time", hint: "last 24 hours, from a day" },
  { kind: "duration", word: "Duration", hint: "longer than 2h" },
  { kind: "parameter", word: "Parameter contains", hint: "a name or value" },
  { kind: "errorClass", word: "Error class", hint: "out of memory…" },
  { kind: "table", word: "Table written", hint: "schema.table" },
];

const placeholders: Partial<Record<Kind, string>> = {
  time: "A day, such as 2026-11-20",
  duration: "A length, such as 15m or 2h",
  parameter: "Part of a name or value",
  table: "schema.table",
  pipeline: "Name of a pipeline",
  who: "Name of a person",
};

const words = (name: AskedName, all: Record<string, string>): Choice[] =>
  Object.entries(all).map(([value, label]) => ({ label, change: { [name]: value } }));
const names = (name: AskedName, all: (string | null)[]): Choice[] =>
  [...new Set(all)]
    .filter((each) => each !== null)
    .sort()
    .map((label) => ({ label, change: { [name]: label } }));

function choicesOf(kind: Kind, runs: Run[], environments: string[]): Choice[] {
  switch (kind) {
    case "state":
      return words("state", Object.fromEntries(Object.entries(runSaid).map(([state, { word }]) => [state, word])));
    case "type":
      return words("type", typeWord);
    case "errorClass":
      return words("errorClass", failureWord);
    case "environment":
      return names("environment", environments);
    case "pipeline":
      return names(
        "pipeline",
        runs.map(({ pipeline }) => pipeline),
      );
    case "table":
      return names(
        "table",
        runs.flatMap(({ tables }) => tables),
      );
    case "who":
      return [
        { label: "me", change: { who: "me" } },
        ...names(
          "who",
          runs.map(({ triggeredBy }) => triggeredBy),
        ),
      ];
    case "time":
      return Object.entries(spanWord).map(([last, word]) => ({ label: `Last ${word}`, change: { last, since: null, until: null } }));
    case "duration":
      return [600_000, 3_600_000, 10_800_000].map((ms) => ({ label: `Longer than ${duration(ms)}`, change: { longerThanMs: String(ms) } }));
    case "parameter":
      return [];
  }
}

/** What a typed text can mean. */
function typedChoices(kind: Kind, text: string, zone: string): Choice[] {
  const typed = text.trim();
  if (typed === "") return [];
  if (kind === "pipeline" || kind === "who" || kind === "table" || kind === "parameter")
    return [{ label: `${filterWord[kind]} “${typed}”`, change: { [kind]: typed } }];
  if (kind === "duration") {
    const ms = lengthMs(typed);
    if (ms === null) return [];
    return [
      { label: `Longer than ${duration(ms)}`, change: { longerThanMs: String(ms) } },
      { label: `Shorter than ${duration(ms)}`, change: { shorterThanMs: String(ms) } },
    ];
  }
  if (kind === "time" && /^\d{4}-\d\d-\d\d$/.test(typed) && !Number.isNaN(Date.parse(typed))) {
    const at = new Date(instantOf(typed, "00:00", zone)).toISOString();
    return [
      { label: `From ${typed} on`, change: { since: at, last: null } },
      { label: `Before ${typed}`, change: { until: at } },
    ];
  }
  return [];
}

const isSame = (one: Choice, other: Choice) => JSON.stringify(one.change) === JSON.stringify(other.change);

type FilterMenuProps = { runs: Run[]; onAsk: (change: Partial<Asked>) => void };

/** Which filter, then which value: typed or chosen, all by keyboard; Backspace in an empty field goes back. */
export default function FilterMenu({ runs, onAsk }: FilterMenuProps) {
  const [kind, setKind] = useState<Kind | null>(null);
  const [text, setText] = useState("");
  const zone = useZone();
  const sources = useQuery(sourceQueries.list());
  const open = (next: Kind | null) => {
    setKind(next);
    setText("");
  };
  const back = (event: KeyboardEvent) => {
    if (event.key !== "Backspace" || text !== "" || kind === null) return;
    event.preventDefault();
    open(null);
  };
  const environments = sources.data?.environments.map(({ name }) => name) ?? [];
  const typed = kind === null ? [] : typedChoices(kind, text, zone);
  const given = kind === null ? [] : choicesOf(kind, runs, environments).filter((each) => !typed.some((one) => isSame(one, each)));
  return (
    <Command label={kind === null ? "Filter" : "Value of the filter"} loop onKeyDown={back} key={kind}>
      <Command.Input
        autoFocus
        value={text}
        onValueChange={setText}
        maxLength={kind === "parameter" ? 200 : 500}
        placeholder={kind === null ? "Which filter?" : (placeholders[kind] ?? "Which?")}
        className="palette-input"
      />
      <Command.List className="palette-list">
        {kind === null
          ? kinds.map((each) => (
              <Command.Item key={each.kind} value={each.word} onSelect={() => open(each.kind)}>
                <span className="grow">{each.word}</span>
                <span className="text-small text-ink-2">{each.hint}</span>
              </Command.Item>
            ))
          : [
              ...given.map(({ label, change }) => (
                <Command.Item key={label} value={label} onSelect={() => onAsk(change)}>
                  <span className="min-w-0 grow truncate" title={label}>
                    {label}
                  </span>
                </Command.Item>
              )),
              ...typed.map(({ label, change }) => (
                <Command.Item key={`typed ${label}`} value={`${text} ${label}`} forceMount onSelect={() => onAsk(change)}>
                  <span className="min-w-0 grow truncate" title={label}>
                    {label}
                  </span>
                </Command.Item>
              )),
            ]}
      </Command.List>
      <Command.Empty>{kind === "parameter" ? "Type a part of a name or value." : "Nothing like that."}</Command.Empty>
    </Command>
  );
}
