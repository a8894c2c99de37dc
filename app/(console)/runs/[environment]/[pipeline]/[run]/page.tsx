import type { Metadata } from "next";
import { fromSegment } from "@/lib/paths";
import { runQueries } from "@/lib/queries/runs";
import type { RunId } from "@/lib/schemas/run";
import { requireUser } from "@/server/auth";
import { getRun } from "@/server/runs";
import { Prefetch } from "../../../../../prefetch";
import { isAskedFor } from "./asked-for";
import { RunScreen } from "./run-screen";

type PageProps = { params: Promise<{ environment: string; pipeline: string; run: string }> };

async function idOf(params: PageProps["params"]): Promise<RunId> {
  const { environment, pipeline, run } = await params;
  return { environment: fromSegment(environment), pipeline: fromSegment(pipeline), runId: fromSegment(run) };
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { pipeline, runId } = await idOf(params);
  return { title: `${pipeline}, ${runId}` };
}

export default async function RunPage({ params }: PageProps) {
  const user = await requireUser();
  const id = await idOf(params);
  return (
    <Prefetch queries={[{ queryKey: runQueries.detail(id).queryKey, load: () => getRun(user, id), mayBeMissing: isAskedFor(id) }]}>
      <RunScreen id={id} />
    </Prefetch>
  );
}
