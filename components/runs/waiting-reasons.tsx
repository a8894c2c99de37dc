"use client";

import { Fact, Facts } from "@/components/ui/facts";
import { Sentence } from "@/components/ui/heading";
import { Ghosts, Unreadable } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { brokenBy, useLive } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import type { RunId } from "@/lib/schemas/run";
import type { WhyReason } from "@/lib/schemas/structure";

/** What a queued run, or the tasks of one, wait for; the surest first, each with what proves it. */
export function WaitingReasons({ id }: { id: RunId }) {
  const query = useLive(runQueries.why(id), () => true);
  const broken = brokenBy(query);
  const { data } = query;
  return (
    <Panel title="Why is it still queued?" className="mb-4">
      {data ? (
        <div className="px-3.5 pb-3.5 desk:px-4">
          <p className="max-w-[92ch] [overflow-wrap:anywhere]">
            <Sentence parts={data.sentence} />
          </p>
          <ul className="mt-1.5 grid gap-2">
            {data.reasons.map((reason) => (
              <Reason key={`${reason.kind} ${reason.taskId} ${reason.text[0]?.text}`} reason={reason} />
            ))}
          </ul>
        </div>
      ) : broken ? (
        <Unreadable what="What it waits for" problem={broken} />
      ) : (
        <Ghosts rows={2} label="Reading what it waits for" />
      )}
    </Panel>
  );
}

function Reason({ reason: { taskId, text, remedy, evidence } }: { reason: WhyReason }) {
  return (
    <li className="rounded-control bg-sunken px-3 py-2 [overflow-wrap:anywhere]">
      <p>
        {taskId && <code>{taskId}</code>} <Sentence parts={text} />
      </p>
      {evidence.length > 0 && (
        <Facts className="mt-1 mb-0">
          {evidence.map(({ name, value }) => (
            <Fact key={name} name={name}>
              {value}
            </Fact>
          ))}
        </Facts>
      )}
      {remedy && <p className="mt-1 text-small text-ink-2">{remedy}</p>}
    </li>
  );
}
