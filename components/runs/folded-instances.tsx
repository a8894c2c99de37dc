"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useState } from "react";
import { Ghosts, Unreadable } from "@/components/ui/notice";
import { Scroller } from "@/components/ui/scroller";
import { State } from "@/components/ui/state";
import { Time } from "@/components/ui/time";
import { count } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import { attemptSaid } from "@/lib/format/states";
import { taskName } from "@/lib/format/task-timeline";
import { paths } from "@/lib/paths";
import { brokenBy } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import type { FoldedTask, Run } from "@/lib/schemas/run";

const limit = 100;

/** Says which instances of a mapped task the chart draws, and lists all of them a page at a time when asked. */
export function FoldedInstances({ run, fold }: { run: Run; fold: FoldedTask }) {
  const [isShown, setShown] = useState(false);
  return (
    <section aria-label={`Instances of ${fold.taskId}`} className="border-t border-line px-3.5 py-2.5 text-small text-ink-2 desk:px-4">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
        <span className="min-w-0 [overflow-wrap:anywhere]">
          <code>{fold.taskId}</code>: {count(fold.sent)} of {count(fold.instances)} instances are drawn one by one, those that failed first,
          go on or ended last; its bar and its counts are of all.
        </span>
        <button type="button" className="btn" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
          {isShown ? "Hide the list" : "List all instances"}
        </button>
      </p>
      {isShown && <Instances run={run} taskId={fold.taskId} />}
    </section>
  );
}

function Instances({ run, taskId }: { run: Run; taskId: string }) {
  const { environment, pipeline, runId } = run;
  const id = { environment, pipeline, runId };
  const { queryKey } = runQueries.attempts(id, { task: taskId, limit });
  const query = useInfiniteQuery({
    queryKey: [...queryKey, "pages"],
    queryFn: (context) => runQueries.readAttempts(id, { task: taskId, limit, cursor: context.pageParam ?? undefined }, context.signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });
  const broken = brokenBy(query);
  if (broken && !query.data) return <Unreadable what="The list of instances" problem={broken} />;
  if (!query.data) return <Ghosts rows={6} label="Reading the instances" />;
  const items = query.data.pages.flatMap((page) => page.items);
  return (
    <>
      <Scroller label={`Instances of ${taskId}, scrolls sideways`}>
        <table className="rows" aria-label={`Instances of ${taskId}`}>
          <thead>
            <tr>
              <th scope="col">Instance</th>
              <th scope="col">State</th>
              <th scope="col" className="num">
                Try
              </th>
              <th scope="col">Started</th>
              <th scope="col" className="num">
                Ran
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((attempt) => (
              <tr key={attempt.id}>
                <td>
                  <Link
                    href={paths.attempt(id, attempt.taskId, attempt.tryNumber, attempt.mapIndex)}
                    prefetch={false}
                    scroll={false}
                    className="block max-w-[32ch] truncate"
                    title={taskName(attempt)}
                  >
                    <span className="sr-only">{attempt.taskId} </span>[{attempt.mapIndex}]
                  </Link>
                </td>
                <td>
                  <State {...attemptSaid[attempt.state]} />
                </td>
                <td className="num">{attempt.tryNumber}</td>
                <td>{attempt.startedAt ? <Time at={attempt.startedAt} hasSeconds /> : "not yet"}</td>
                <td className="num">{attempt.durationMs === null ? "–" : duration(attempt.durationMs)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroller>
      {query.hasNextPage && (
        <p className="pt-2">
          <button
            type="button"
            className="btn"
            aria-disabled={query.isFetchingNextPage || undefined}
            onClick={() => void query.fetchNextPage()}
          >
            {query.isFetchingNextPage ? "Reading more…" : `${limit} more`}
          </button>
        </p>
      )}
    </>
  );
}
