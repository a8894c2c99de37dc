"use client";

import { Pair } from "@/components/ui/facts";
import type { DefinitionComparison, EcsTask } from "@/lib/schemas/attempt";
import { isUnread, listClass, shortDigest, type Unread, unknown } from "./attempt-facts";

/** What the container was made of, and what differs from the last time that it went well. */
export function AttemptDefinition({ task, comparison }: { task: EcsTask; comparison: DefinitionComparison | Unread | null }) {
  return (
    <>
      <dl className={listClass}>
        <Pair name="Task definition">
          <code>{task.taskDefinition}</code>
        </Pair>
        <Pair name="Image">{task.image ? <code>{task.image}</code> : unknown}</Pair>
        <Pair name="Digest">{task.imageDigest ? <code>{shortDigest(task.imageDigest)}</code> : unknown}</Pair>
      </dl>
      {isUnread(comparison) && comparison.unread && (
        <p className="px-3.5 pb-3.5 text-small text-fail-ink desk:px-4">What changed cannot be read now: {comparison.unread}</p>
      )}
      {comparison && !isUnread(comparison) && <Changes comparison={comparison} />}
      {comparison === null && (
        <p className="px-3.5 pb-3.5 text-small text-ink-3 desk:px-4">No earlier attempt of this task to compare with.</p>
      )}
    </>
  );
}

function Changes({ comparison: { changes, wasSuccess, taskDefinition, runId, tryNumber } }: { comparison: DefinitionComparison }) {
  const since = wasSuccess ? "its last success" : "the attempt before";
  return (
    <div className="border-t border-line px-3.5 pt-2 pb-3.5 text-small desk:px-4">
      <h3 className="font-[500]">
        {changes === null
          ? `What changed since ${since} is unknown: a revision was not read in time`
          : changes.length === 0
            ? `Nothing changed since ${since}`
            : `Changed since ${since}`}
      </h3>
      <p className="text-ink-3 [overflow-wrap:anywhere]">
        <code>{taskDefinition}</code> in <code>{runId}</code>, try {tryNumber}
      </p>
      {changes && changes.length > 0 && (
        <ul className="mt-1.5 grid gap-1.5">
          {changes.map(({ what, before, now }) => (
            <li key={what} className="[overflow-wrap:anywhere]">
              <span className="text-ink-2">{what}: </span>
              {before !== null && <del className="text-fail-ink">{shortDigest(before)}</del>}
              {before === null && <span className="text-ink-3">not there</span>} <span aria-hidden="true">→</span>
              <span className="sr-only"> became </span>{" "}
              {now !== null ? <ins className="text-ok-ink no-underline">{shortDigest(now)}</ins> : <span className="text-ink-3">gone</span>}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
