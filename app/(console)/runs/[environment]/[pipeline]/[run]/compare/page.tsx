import type { Metadata } from "next";
import { fromSegment } from "@/lib/paths";
import { runQueries } from "@/lib/queries/runs";
import type { RunId } from "@/lib/schemas/run";
import { requireUser } from "@/server/auth";
import { compareRuns } from "@/server/compare";
import { Prefetch } from "../../../../../../prefetch";
import { CompareScreen } from "./compare-screen";

type PageProps = {
  params: Promise<{ environment: string; pipeline: string; run: string }>;
  searchParams: Promise<{ with?: string | string[] }>;
};

async function idOf(params: PageProps["params"]): Promise<RunId> {
  const { environment, pipeline, run } = await params;
  return { environment: fromSegment(environment), pipeline: fromSegment(pipeline), runId: fromSegment(run) };
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { pipeline, runId } = await idOf(params);
  return { title: `What changed, ${pipeline}, ${runId}` };
}

export default async function ComparePage({ params, searchParams }: PageProps) {
  const user = await requireUser();
  const id = await idOf(params);
  const asked = (await searchParams).with;
  // A run is not laid beside itself: such a link shows the last good one.
  const other = typeof asked === "string" && asked !== "" && asked !== id.runId ? asked : undefined;
  return (
    <Prefetch queries={[{ queryKey: runQueries.comparison(id, other).queryKey, load: () => compareRuns(user, id, { with: other }) }]}>
      <CompareScreen id={id} other={other} />
    </Prefetch>
  );
}
