"use client";

import type { ReactNode } from "react";
import { Empty } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { Scroller } from "@/components/ui/scroller";
import { Time } from "@/components/ui/time";
import { plural } from "@/lib/format/count";
import type { TableDetail } from "@/lib/schemas/table";

const shownChanges = 5;

type Schema = NonNullable<TableDetail["schema"]>;

/** What columns a table has, and what changed of them lately. */
export function TableColumns({ schema, end }: { schema: TableDetail["schema"]; end: ReactNode }) {
  return (
    <Panel title="Columns" note={schema ? plural(schema.columns.length, "column") : "unknown"} end={end}>
      {schema ? <Known schema={schema} /> : <Empty title="Unknown: its columns were not read yet." />}
    </Panel>
  );
}

function Known({ schema: { columns, since, changes } }: { schema: Schema }) {
  return (
    <>
      {changes.length === 0 ? (
        <p className="px-3.5 pb-2 desk:px-4">
          No change since <Time at={since} />, when they were first read.
        </p>
      ) : (
        <ol aria-label="Changes of columns, newest first" className="px-3.5 pb-2 desk:px-4">
          {changes.slice(0, shownChanges).map((change) => (
            <li key={change.at} className="py-1 [overflow-wrap:anywhere]">
              <Said change={change} />
              <Time at={change.at} className="text-ink-3" />
            </li>
          ))}
        </ol>
      )}
      <details className="pb-3">
        <summary className="min-h-6 cursor-pointer px-3.5 py-0.5 desk:px-4">Names and types</summary>
        <Scroller label="Columns, scrolls sideways">
          <table className="rows" aria-label="Columns">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
              </tr>
            </thead>
            <tbody>
              {columns.map(({ name, type, isNullable }) => (
                <tr key={name}>
                  <td className="whitespace-nowrap">{name}</td>
                  <td className="min-w-36">
                    {type}
                    {!isNullable && " not null"}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      </details>
    </>
  );
}

/** One part for each column, the time comes after. */
function Said({ change: { added, removed, retyped } }: { change: Schema["changes"][number] }) {
  const parts = [
    ...added.map((name) => ({ name, said: "added" })),
    ...removed.map((name) => ({ name, said: "removed" })),
    ...retyped.map(({ name, from, to }) => ({ name, said: `was ${from}, is ${to}` })),
  ];
  return parts.map(({ name, said }) => (
    <span key={name}>
      <b>{name}</b> {said},{" "}
    </span>
  ));
}
