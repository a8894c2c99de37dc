"use client";

import Link from "next/link";
import { RunCost } from "@/components/costs/cost";
import { RunHeader } from "@/components/runs/run-header";
import { NoteButton } from "@/components/runs/run-notes";
import { WaitingRun } from "@/components/runs/waiting-run";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Crumbs, Head } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { useNow } from "@/lib/format/now";
import { isOpen, runData } from "@/lib/format/run-words";
import { useZone } from "@/lib/format/zone";
import { listOf, paths } from "@/lib/paths";
import { isAllowed } from "@/lib/permissions";
import { brokenBy, isMissing, useLive } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import type { RunDetail, RunId } from "@/lib/schemas/run";
import { isSample } from "@/lib/schemas/sample";
import { useUser } from "@/lib/session";
import { useShortcut } from "@/lib/use-shortcut";
import { isAskedFor } from "./asked-for";
import { RunTabs } from "./run-tabs";

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
  useShortcut("compare", paths.compare(id));
  const zone = useZone();
  const now = useNow(60_000);
  const user = useUser();
  const { run } = detail;
  const asOf = <AsOf at={detail.asOf} sources={detail.sources} isOld={broken !== null} />;
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
      <RunTabs detail={detail} isOld={broken !== null} />
    </>
  );
}
