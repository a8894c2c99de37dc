"use client";

import { Fact, Facts } from "@/components/ui/facts";
import { Sentence } from "@/components/ui/heading";
import { sentences } from "@/lib/format/sentence";
import { brokenBy, useLive } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import type { RunId } from "@/lib/schemas/run";
import type { WhyReason } from "@/lib/schemas/structure";

/**
 * What a queued run, or the tasks of one, wait for: the answer in one line, whose height stays whatever it says, and what proves it behind it, the
 * surest first.
 */
export function WaitingReasons({ id }: { id: RunId }) {
  const query = useLive(runQueries.why(id), () => true);
  const broken = brokenBy(query);
  const { data } = query;
  return (
    <section aria-label="Why is it still queued?" className="mb-4 rounded-control bg-sunken px-3">
      <details className="group">
        <summary className="h-10 min-w-0 truncate leading-10 group-open:h-auto group-open:whitespace-normal group-open:leading-normal group-open:py-2.5">
          <h2 className="inline font-strong">Why is it still queued?</h2>{" "}
          {data ? (
            <Sentence parts={data.sentence} />
          ) : (
            <span className="text-ink-3">{broken ? sentences(broken.detail, broken.remedy) : "Reading what it waits for…"}</span>
          )}
        </summary>
        <ul className="grid gap-2 pb-3">
          {data?.reasons.map((reason) => (
            <Reason key={`${reason.kind} ${reason.taskId} ${reason.text[0]?.text}`} reason={reason} />
          ))}
          {data?.reasons.length === 0 && <li className="text-ink-2">There is nothing more to tell.</li>}
        </ul>
      </details>
    </section>
  );
}

function Reason({ reason: { taskId, text, remedy, evidence } }: { reason: WhyReason }) {
  return (
    <li className="rounded-control bg-surface px-3 py-2 [overflow-wrap:anywhere]">
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
