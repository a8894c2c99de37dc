"use client";

import { useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { Empty } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { plural } from "@/lib/format/count";
import type { DefinitionPair, ParameterPair } from "@/lib/schemas/compare";

type Change = { what: string; before: string | null; now: string | null };

/** What was is set back, what is now stands out; never in the colours of good and bad. */
function Changes({ changes, label }: { changes: Change[]; label: string }) {
  return (
    <ol className="changes" aria-label={label}>
      {changes.flatMap(({ what, before, now }) => [
        before !== null && (
          <li key={`${what} was`} className="was">
            <span className="g">
              −<span className="sr-only"> was: </span>
            </span>
            <span className="m">
              {what}: <del>{before}</del>
            </span>
          </li>
        ),
        now !== null && (
          <li key={`${what} is`} className="is">
            <span className="g">
              +<span className="sr-only"> is now: </span>
            </span>
            <span className="m">
              {what}: <ins>{now}</ins>
            </span>
          </li>
        ),
      ])}
    </ol>
  );
}

export function DefinitionPanels({ definitions }: { definitions: DefinitionPair[] }) {
  return definitions.map(({ before, now, taskId, changes }) => (
    <Panel
      key={`${before} ${now}`}
      title="Task definition"
      note={
        <>
          <code>{before}</code> → <code>{now}</code>, {taskId}
        </>
      }
    >
      {changes === null ? (
        <Empty title="What changed is not known.">One of the two revisions was not read while ECS still had it.</Empty>
      ) : changes.length === 0 ? (
        <Empty title="Only its number changed." />
      ) : (
        <Changes changes={changes} label="Difference of the task definition" />
      )}
    </Panel>
  ));
}

export function ParameterPanel({ parameters }: { parameters: ParameterPair[] }) {
  const [isWhole, setWhole] = useState(false);
  const differing = parameters.filter(({ before, now }) => before !== now);
  const alike = parameters.filter(({ before, now }) => before === now);
  return (
    <Panel title="Parameters" note={parameters.length === 0 ? undefined : `${alike.length} of ${parameters.length} alike`}>
      {parameters.length === 0 && <Empty title="Neither run was given any." />}
      {differing.length > 0 && (
        <Changes changes={differing.map(({ name, ...values }) => ({ what: name, ...values }))} label="Difference of the parameters" />
      )}
      {isWhole && (
        <ol className="changes" aria-label="Parameters that are alike">
          {alike.map(({ name, now }) => (
            <li key={name}>
              <span className="g" />
              <span className="m">
                {name}: {now}
              </span>
            </li>
          ))}
        </ol>
      )}
      {alike.length > 0 && !isWhole && (
        <button
          type="button"
          className="mx-3.5 mb-2 inline-flex h-6 items-center gap-1 text-micro text-ink-3 hover:text-ink max-desk:h-10 desk:mx-4"
          onClick={() => setWhole(true)}
        >
          <Glyph name="right" size={10} /> {plural(alike.length, "parameter")} alike
        </button>
      )}
    </Panel>
  );
}
