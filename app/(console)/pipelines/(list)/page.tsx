import type { Metadata } from "next";
import { pipelineQueries } from "@/lib/queries/pipelines";
import { PipelineFilter } from "@/lib/schemas/pipeline";
import { requireUser } from "@/server/auth";
import { listPipelines } from "@/server/pipelines";
import { Prefetch } from "../../../prefetch";
import { PipelinesGhost } from "./ghost";
import { PipelinesScreen } from "./pipelines-screen";

export const metadata: Metadata = { title: "Pipelines" };

type PageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function PipelinesPage({ searchParams }: PageProps) {
  const user = await requireUser();
  const filter = PipelineFilter.safeParse({ limit: 100, ...(await searchParams) }).data ?? PipelineFilter.parse({ limit: 100 });
  return (
    <Prefetch
      ghost={<PipelinesGhost />}
      queries={[{ queryKey: pipelineQueries.list(filter).queryKey, load: () => listPipelines(user, filter) }]}
    >
      <PipelinesScreen />
    </Prefetch>
  );
}
