"use client";

import { useQuery } from "@tanstack/react-query";
import { Command } from "cmdk";
import { type RefObject, useState } from "react";
import { AnchoredPopover } from "@/components/ui/anchored-popover";
import { State } from "@/components/ui/state";
import { useNow } from "@/lib/format/now";
import { runData, runState } from "@/lib/format/run-words";
import { useZone } from "@/lib/format/zone";
import { brokenBy } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import type { RunId } from "@/lib/schemas/run";
import { useRunName } from "./versus";

const newest = 100;

type ChoicesProps = { id: RunId; chosen: string | null; onChoose: (runId?: string) => void };
type RunChoicesProps = ChoicesProps & { button: RefObject<HTMLButtonElement | null>; onClose: () => void };

/** The runs that can be laid beside another, loaded when they are first asked for. */
export default function RunChoices({ button, onClose, ...choices }: RunChoicesProps) {
  return (
    <AnchoredPopover button={button} label="Run to compare with" align="end" className="w-[min(420px,calc(100vw-24px))]" onClose={onClose}>
      <Choices {...choices} />
    </AnchoredPopover>
  );
}

function Choices({ id, chosen, onChoose }: ChoicesProps) {
  const [text, setText] = useState("");
  const zone = useZone();
  const now = useNow(60_000);
  const nameOf = useRunName();
  const query = useQuery(runQueries.list({ environment: id.environment, pipeline: id.pipeline, limit: newest }));
  const runs = query.data?.items.filter(({ runId }) => runId !== id.runId) ?? [];
  const pasted = text.trim();
  const isOther = pasted.length > 8 && pasted !== id.runId && !runs.some(({ runId }) => runId === pasted);
  return (
    <Command label="Run to compare with" loop>
      <Command.Input value={text} onValueChange={setText} placeholder="Day, state or run id" className="palette-input" />
      <Command.List className="palette-list">
        <Command.Item value="last good run" onSelect={() => onChoose()}>
          <span className="grow">The last good run</span>
        </Command.Item>
        {runs.map((run) => (
          <Command.Item
            key={run.runId}
            value={`${run.runId} ${nameOf(run)} ${runData(run, now, zone)} ${runState(run, now).word}`}
            onSelect={() => onChoose(run.runId)}
          >
            <State {...runState(run, now)} isWordHidden />
            <span className="min-w-0 grow">
              <span className="block">
                {nameOf(run)}
                {run.runId === chosen && <span className="text-ink-3"> · compared now</span>}
              </span>
              <span className="two truncate">{[runData(run, now, zone), run.runId].filter(Boolean).join(" · ")}</span>
            </span>
          </Command.Item>
        ))}
        {isOther && (
          <Command.Item value={pasted} forceMount onSelect={() => onChoose(pasted)}>
            <span className="min-w-0 grow truncate">
              The run with the id <code>{pasted}</code>
            </span>
          </Command.Item>
        )}
      </Command.List>
      <Command.Empty>{query.data ? "No such run among the newest 100." : (brokenBy(query)?.detail ?? "Reading the runs…")}</Command.Empty>
    </Command>
  );
}
