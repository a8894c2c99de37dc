"use client";

import Link from "next/link";
import { AttemptCost } from "@/components/costs/cost";
import { LogViewer } from "@/components/logs/log-viewer";
import { AttemptDetails } from "@/components/runs/attempt-details";
import { AttemptEvidence } from "@/components/runs/attempt-evidence";
import { sizeWords } from "@/components/runs/attempt-facts";
import { AttemptLinks } from "@/components/runs/attempt-links";
import { AttemptTries } from "@/components/runs/attempt-tries";
import { LastGood } from "@/components/runs/last-good";
import { NoteButton, Notes } from "@/components/runs/run-notes";
import { LoadRows } from "@/components/tables/load-rows";
import { AsOf } from "@/components/ui/as-of";
import { Glyph } from "@/components/ui/glyph";
import { Answer, Crumbs, Head } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { Empty, Ghosts } from "@/components/ui/notice";
import { onDemand } from "@/components/ui/on-demand";
import { Panel } from "@/components/ui/panel";
import { attemptSentence } from "@/lib/attempt-sentence";
import { useNow } from "@/lib/format/now";
import { attemptSaid } from "@/lib/format/states";
import { isPending, taskName } from "@/lib/format/task-timeline";
import { listOf, paths } from "@/lib/paths";
import { attemptQueries } from "@/lib/queries/attempts";
import { brokenBy, useLive } from "@/lib/queries/live";
import type { AttemptDetail } from "@/lib/schemas/attempt";
import type { RunId } from "@/lib/schemas/run";
import { useShortcut } from "@/lib/use-shortcut";

const Commands = onDemand(() => import("@/components/runs/attempt-commands").then(({ AttemptCommands }) => AttemptCommands));

type AttemptScreenProps = { id: RunId; taskId: string; attemptId: string };

const crumbsOf = (id: RunId, name: string) => [
  { name: "Runs", href: listOf(paths.runs, id.environment) },
  { name: id.pipeline, href: paths.pipeline(id.environment, id.pipeline) },
  { name: id.runId, href: paths.run(id) },
  { name },
];

export function AttemptScreen({ id, taskId, attemptId }: AttemptScreenProps) {
  const query = useLive(attemptQueries.detail(attemptId), ({ attempt }) => isPending(attempt));
  const broken = brokenBy(query);
  if (query.data) return <Shown id={id} detail={query.data} broken={broken} />;
  return (
    <>
      <Crumbs items={crumbsOf(id, taskId)} />
      <h1 className="mb-4 text-[1.375rem]/[1.6875rem] font-answer [overflow-wrap:anywhere] desk:text-[1.625rem]/8">{taskId}</h1>
      <Honesty page="run" answer={undefined} broken={broken} />
      <Panel title="Log">
        <Ghosts rows={8} label="Reading the attempt" />
      </Panel>
    </>
  );
}

function Shown({ id, detail, broken }: { id: RunId; detail: AttemptDetail; broken: ReturnType<typeof brokenBy> }) {
  const { attempt, failure, lastGood, tries, loads, place } = detail;
  const now = useNow(isPending(attempt) ? 1_000 : 60_000);
  const said = attemptSaid[attempt.state];
  const compare = paths.compare(id, lastGood?.runId);
  useShortcut("compare", compare);
  const href = paths.attemptPage(id, attempt.taskId, attempt.tryNumber, attempt.mapIndex);
  return (
    <>
      <Head
        isTop
        acts={
          <>
            <NoteButton run={id} attemptId={attempt.id} />
            {lastGood && (
              <Link
                href={paths.attemptPage({ ...id, runId: lastGood.runId }, lastGood.taskId, lastGood.tryNumber, lastGood.mapIndex)}
                prefetch={false}
                className="btn"
              >
                Same task, last good run
              </Link>
            )}
            <Link href={compare} prefetch={false} className="btn">
              What changed?
            </Link>
            <Link href={paths.attempt(id, attempt.taskId, attempt.tryNumber, attempt.mapIndex)} prefetch={false} className="btn">
              In its run <Glyph name="right" size={12} />
            </Link>
          </>
        }
      >
        <Crumbs items={crumbsOf(id, taskName(attempt))} />
        <Answer isObject parts={attemptSentence(attempt, failure, now)} />
      </Head>
      <Honesty page="run" answer={detail} broken={broken} />
      <Notes run={id} notes={detail.notes} />
      <div className="grid gap-4 wide:grid-cols-[minmax(0,1fr)_348px] wide:items-start">
        <div className="grid min-w-0 gap-4">
          <Panel
            title={<code className="text-base font-[600] [overflow-wrap:anywhere]">{taskName(attempt)}</code>}
            note={sizeWords(attempt)}
            end={<AttemptTries id={id} tries={tries} selectedId={attempt.id} />}
          >
            {failure && <AttemptEvidence failure={failure} />}
            <LogViewer
              key={attempt.id}
              attemptId={attempt.id}
              href={href}
              isRunning={isPending(attempt)}
              hasFailed={said.tone === "fail"}
              isTall
            />
          </Panel>
          <Panel title="Tables written" end={<AsOf at={detail.asOf} sources={detail.sources} isOld={broken !== null} />}>
            {loads.length === 0 ? (
              <Empty title={isPending(attempt) ? "This try has written no table yet." : "This try wrote no table."}>
                A table is listed here once its load is on record in the warehouse.
              </Empty>
            ) : (
              <LoadRows loads={loads} environment={id.environment} label="Tables written" hasTable />
            )}
          </Panel>
          <Commands attempt={attempt} place={place} />
        </div>
        <div className="grid min-w-0 gap-4">
          <LastGood id={id} attempt={attempt} lastGood={lastGood} />
          <AttemptDetails attempt={attempt} />
          <Panel title="Cost">
            <p className="px-3.5 pb-3.5 text-small desk:px-4">
              <AttemptCost cost={attempt.cost} kind={attempt.kind} isOver={!isPending(attempt)} />
            </p>
          </Panel>
          <AttemptLinks attempt={attempt} place={place} />
        </div>
      </div>
    </>
  );
}
