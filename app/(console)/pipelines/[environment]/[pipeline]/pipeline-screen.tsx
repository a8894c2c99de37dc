"use client";

import { parseAsString, useQueryState } from "nuqs";
import { DagTroubles } from "@/components/pipelines/dag-troubles";
import { PipelineFacts } from "@/components/pipelines/pipeline-facts";
import { TriggerButton } from "@/components/pipelines/trigger-button";
import { Answer, Crumbs, Head } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { isOpen } from "@/lib/format/run-words";
import { sentences } from "@/lib/format/sentence";
import { listOf, paths } from "@/lib/paths";
import { brokenBy, useLive } from "@/lib/queries/live";
import { pipelineQueries } from "@/lib/queries/pipelines";
import type { PipelineDetail } from "@/lib/schemas/pipeline";
import { PipelineTabs } from "./pipeline-tabs";

const isMoving = ({ runs }: PipelineDetail) => runs.some(isOpen);

export function PipelineScreen({ environment, pipeline: name }: { environment: string; pipeline: string }) {
  const query = useLive(pipelineQueries.detail(environment, name), isMoving);
  const broken = brokenBy(query);
  if (query.data) return <Shown detail={query.data} broken={broken} />;
  return (
    <>
      <Crumbs items={[{ name: "Pipelines", href: listOf(paths.pipelines, environment) }, { name }]} />
      <h1 className="mb-4 line-clamp-3 text-[1.375rem]/[1.6875rem] font-answer [overflow-wrap:anywhere] desk:text-[1.625rem]/8">{name}</h1>
      <Honesty page="pipelines" answer={undefined} broken={broken} />
      <Panel title="Runs">
        <Ghosts rows={8} label={`Reading ${name}`} />
      </Panel>
    </>
  );
}

function Shown({ detail, broken }: { detail: PipelineDetail; broken: ReturnType<typeof brokenBy> }) {
  const { pipeline } = detail;
  const { environment, pipeline: name } = pipeline;
  const [trigger, setTrigger] = useQueryState("trigger", parseAsString);
  return (
    <>
      <Head
        isTop
        acts={
          detail.isGone ? undefined : (
            <TriggerButton
              environment={environment}
              pipeline={name}
              isFirst
              isOpen={trigger === "1"}
              onClose={() => void setTrigger(null)}
            />
          )
        }
      >
        <Crumbs items={[{ name: "Pipelines", href: listOf(paths.pipelines, environment) }, { name: environment }, { name }]} />
        <Answer isObject parts={detail.sentence} />
        <p className="mt-1.5 max-w-[92ch] text-ink-2 [overflow-wrap:anywhere]">
          {sentences(pipeline.description, pipeline.owners.length > 0 ? `Owned by ${pipeline.owners.join(", ")}` : null)}
        </p>
      </Head>
      <PipelineFacts detail={detail} />
      <Honesty page="pipelines" answer={detail} broken={broken} />
      {!detail.isGone && <DagTroubles hasImportErrors={pipeline.hasImportErrors} errors={detail.importErrors} warnings={detail.warnings} />}
      <PipelineTabs detail={detail} isOld={broken !== null} />
    </>
  );
}
