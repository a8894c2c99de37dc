import type { Metadata } from "next";
import { fromSegment } from "@/lib/paths";
import { pipelineQueries } from "@/lib/queries/pipelines";
import { requireUser } from "@/server/auth";
import { getPipeline } from "@/server/pipelines";
import { Prefetch } from "../../../../prefetch";
import { PipelineScreen } from "./pipeline-screen";

type PageProps = { params: Promise<{ environment: string; pipeline: string }> };

const idOf = async (params: PageProps["params"]) => {
  const { environment, pipeline } = await params;
  return { environment: fromSegment(environment), pipeline: fromSegment(pipeline) };
};

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  return { title: (await idOf(params)).pipeline };
}

export default async function PipelinePage({ params }: PageProps) {
  const user = await requireUser();
  const { environment, pipeline } = await idOf(params);
  return (
    <Prefetch
      queries={[{ queryKey: pipelineQueries.detail(environment, pipeline).queryKey, load: () => getPipeline(user, environment, pipeline) }]}
    >
      <PipelineScreen environment={environment} pipeline={pipeline} />
    </Prefetch>
  );
}
