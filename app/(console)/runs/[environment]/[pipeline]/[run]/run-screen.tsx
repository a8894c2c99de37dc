"use client";

import Link from "next/link";
import { parseAsInteger, parseAsString, useQueryStates } from "nuqs";
import { useState } from "react";
import { RunCost } from "@/components/costs/cost";
import { RunHeader } from "@/components/runs/run-header";
import { NoteButton } from "@/components/runs/run-notes";
import { Timeline, TimelineKey } from "@/components/runs/timeline";
import { WaitingRun } from "@/components/runs/waiting-run";
import { LoadRows } from "@/components/tables/load-rows";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Crumbs, Head } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { Empty, Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { plural } from "@/lib/format/count";
import { useNow } from "@/lib/format/now";
import { isOpen, runData } from "@/lib/format/run-words";
import { taskRows } from "@/lib/format/task-timeline";
import { useZone } from "@/lib/format/zone";
import { listOf, paths } from "@/lib/paths";
import { isAllowed } from "@/lib/permissions";
import { brokenBy, isMissing, useLive } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import type { RunDetail, RunId } from "@/lib/schemas/run";
import { isSample } from "@/lib/schemas/sample";
import { useUser } from "@/lib/session";
import { isAskedFor } from "./asked-for";
import { AttemptPanel } from "./attempt-panel";
import { chosenAttempt } from "./chosen-attempt";
import { RunDetails } from "./run-details";

const isMoving = ({ run }: RunDetail) => isOpen(run);

export function RunScreen({ id }: { id: RunId }) {
  const query = useLive(runQueries.detail(id), isMoving);
  const broken = brokenBy(query);
  if (query.data) return <Shown id={id} detail={query.data} broken={isMissing(query) ? null : broken} />;
  if (isAskedFor(id) && (!broken || isMissing(query))) return <WaitingRun id={id} />;
  return (
    <>
      <Crumbs
        items={[
          { name: "Runs", href: listOf(paths.runs, id.environment) },
          { name: id.pipeline, href: paths.pipeline(id.environment, id.pipeline) },
          { name: id.runId },
        ]}
      />
      <h1 className="mb-4 text-[1.375rem]/[1.6875rem] font-answer desk:text-[1.625rem]/8">Run of {id.pipeline}</h1>
      <Honesty page="run" answer={undefined} broken={broken} />
      <Panel title="Tasks">
        <Ghosts rows={6} label="Reading the run" />
      </Panel>
    </>
  );
}

function Shown({ id, detail, broken }: { id: RunId; detail: RunDetail; broken: ReturnType<typeof brokenBy> }) {
  const zone = useZone();
  const now = useNow(60_000);
  const user = useUser();
  const [asked] = useQueryStates({ task: parseAsString, try: parseAsInteger, map: parseAsInteger });
  const rows = taskRows(detail.attempts);
  const chosen = chosenAttempt(detail, rows, asked);
  const [first, setFirst] = useState(chosen?.attempt.id);
  if (!first && chosen) setFirst(chosen.attempt.id);
  // Without a choice of the reader, the attempt that was shown first stays: a log that is being read must not change by itself.
  const selected = asked.task ? chosen : (rowOf(rows, first) ?? chosen);
  const { run } = detail;
  const asOf = <AsOf at={detail.asOf} sources={detail.sources} isOld={broken !== null} />;
  const { total, done, failed } = run.taskCounts;
  return (
    <>
      <Head
        isTop
        acts={
          <>
            <NoteButton run={run} />
            {run.state === "failed" && (
              <Link href={paths.compare(run)} prefetch={false} className="btn">
                Compare with last good
              </Link>
            )}
            {isAllowed(user.role, "run:trigger") && !isSample(id.environment) && (
              <Link href={paths.trigger(id.environment, id.pipeline)} prefetch={false} className="btn">
                Trigger another run…
              </Link>
            )}
          </>
        }
      >
        <Crumbs
          items={[
            { name: "Runs", href: listOf(paths.runs, id.environment) },
            { name: run.pipeline, href: paths.pipeline(run.environment, run.pipeline) },
            { name: runData(run, now, zone) || run.runId },
          ]}
        />
        <Answer isObject parts={detail.sentence} />
      </Head>
      <Honesty page="run" answer={detail} broken={broken} />
      <RunHeader detail={detail} asOf={asOf} cost={<RunCost total={run.cost} attempts={detail.attempts} isOver={!isMoving(detail)} />} />
      <div className="flex flex-col gap-4 wide:grid wide:grid-cols-[minmax(0,1fr)_minmax(0,560px)] wide:items-start">
        <div className="min-w-0 gap-4 max-wide:contents wide:grid">
          <Panel
            title="Tasks"
            note={total === 0 ? undefined : [`${done} of ${total} done`, failed > 0 && `${failed} failed`].filter(Boolean).join(" · ")}
            end={asOf}
          >
            {rows.length === 0 ? (
              <Empty title="No task has been seen yet.">They appear as Airflow schedules them.</Empty>
            ) : (
              <>
                <Timeline detail={detail} selectedId={selected?.attempt.id ?? null} />
                <TimelineKey />
              </>
            )}
          </Panel>
          <Panel
            title="Tables written"
            className="max-wide:order-2"
            note={detail.loads.length > 0 ? plural(detail.loads.length, "load") : undefined}
            end={asOf}
          >
            {detail.loads.length === 0 ? (
              <Empty title={isMoving(detail) ? "No table has been written yet." : "This run wrote no table."}>
                A table is listed here once its load is on record in the warehouse.
              </Empty>
            ) : (
              <LoadRows loads={detail.loads} environment={run.environment} label="Tables written" hasTable />
            )}
          </Panel>
          <RunDetails detail={detail} />
        </div>
        {selected && <AttemptPanel run={run} row={selected.row} attempt={selected.attempt} />}
      </div>
    </>
  );
}

function rowOf(rows: ReturnType<typeof taskRows>, attemptId: string | undefined) {
  for (const row of rows) {
    const attempt = row.tries.find(({ id }) => id === attemptId);
    if (attempt) return { row, attempt };
  }
  return null;
}
