"use client";

import Link from "next/link";
import { Comparison } from "@/components/compare/comparison";
import { RunPicker } from "@/components/compare/run-picker";
import { ChangedCode } from "@/components/pipelines/changed-code";
import { CopyButton } from "@/components/ui/copy-button";
import { Glyph } from "@/components/ui/glyph";
import { Answer, Crumbs, Head } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { comparisonText } from "@/lib/format/comparison-text";
import { useNow } from "@/lib/format/now";
import { runData } from "@/lib/format/run-words";
import { useZone } from "@/lib/format/zone";
import { listOf, paths } from "@/lib/paths";
import { brokenBy, useLive } from "@/lib/queries/live";
import { runQueries } from "@/lib/queries/runs";
import type { RunComparison } from "@/lib/schemas/compare";
import type { RunId } from "@/lib/schemas/run";

export function CompareScreen({ id, other }: { id: RunId; other: string | undefined }) {
  const query = useLive(runQueries.comparison(id, other), ({ run }) => run.endedAt === null);
  const broken = brokenBy(query);
  if (query.data) return <Shown id={id} answer={query.data} broken={broken} />;
  return (
    <>
      <Crumbs items={[...placeOf(id), { name: "What changed?" }]} />
      <h1 className="mb-4 text-[1.375rem]/[1.6875rem] font-answer desk:text-[1.625rem]/8">What changed?</h1>
      <Honesty page="run" answer={undefined} broken={broken} />
      <Panel title="What differs">
        <Ghosts rows={6} label="Comparing the runs" />
      </Panel>
    </>
  );
}

const placeOf = (id: RunId) => [
  { name: "Runs", href: listOf(paths.runs, id.environment) },
  { name: id.pipeline, href: paths.pipeline(id.environment, id.pipeline) },
];

function Shown({ id, answer, broken }: { id: RunId; answer: RunComparison; broken: ReturnType<typeof brokenBy> }) {
  const zone = useZone();
  const now = useNow(60_000);
  const { run, with: earlier } = answer;
  return (
    <>
      <Head
        isTop
        acts={
          <>
            {earlier && <CopyButton label="Copy as text" text={() => comparisonText(answer, zone, window.location.href)} />}
            {earlier && (
              <Link href={paths.compare({ ...id, runId: earlier.runId }, id.runId)} prefetch={false} className="btn">
                <Glyph name="retry" size={13} /> Swap
              </Link>
            )}
            <RunPicker
              id={id}
              chosen={earlier?.runId ?? null}
              isLastGood={answer.isLastGood}
              hrefOf={(runId) => paths.compare(id, runId)}
            />
          </>
        }
      >
        <Crumbs items={[...placeOf(id), { name: runData(run, now, zone) || run.runId, href: paths.run(id) }, { name: "What changed?" }]} />
        <Answer isObject parts={answer.sentence} />
        {earlier && <p className="mt-1 text-ink-2">{answer.summary}</p>}
      </Head>
      <Honesty page="run" answer={answer} broken={broken} />
      <Comparison
        answer={answer}
        isOld={broken !== null}
        changedCode={(before, now) => <ChangedCode pipeline={answer.run} before={before} now={now} />}
      />
    </>
  );
}
