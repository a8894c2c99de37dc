import type { QueryClient } from "@tanstack/react-query";
import type { Metadata } from "next";
import { taskRows } from "@/lib/format/task-timeline";
import { fromSegment } from "@/lib/paths";
import { attemptQueries } from "@/lib/queries/attempts";
import { runQueries } from "@/lib/queries/runs";
import type { Attempt } from "@/lib/schemas/attempt";
import type { RunDetail, RunId } from "@/lib/schemas/run";
import { requireUser } from "@/server/auth";
import { readLogOpening } from "@/server/log-opening";
import { getRun } from "@/server/runs";
import { once, Prefetch } from "../../../../../prefetch";
import { isAskedFor } from "./asked-for";
import { chosenAttempt } from "./chosen-attempt";
import { RunScreen } from "./run-screen";

type PageProps = {
  params: Promise<{ environment: string; pipeline: string; run: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
};

async function idOf(params: PageProps["params"]): Promise<RunId> {
  const { environment, pipeline, run } = await params;
  return { environment: fromSegment(environment), pipeline: fromSegment(pipeline), runId: fromSegment(run) };
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { pipeline, runId } = await idOf(params);
  return { title: `${pipeline}, ${runId}` };
}

export default async function RunPage({ params, searchParams }: PageProps) {
  const user = await requireUser();
  const id = await idOf(params);
  const asked = await searchParams;
  const detail = once(() => getRun(user, id));
  const withLog = async (client: QueryClient) => {
    const attempt = asked.tab || asked.line ? null : openAttempt(await detail(), asked);
    const opening = attempt && (await readLogOpening(user, attempt));
    if (opening) client.setQueryData(attemptQueries.opening(attempt.id).queryKey, opening);
  };
  return (
    <Prefetch queries={[{ queryKey: runQueries.detail(id).queryKey, load: detail, mayBeMissing: isAskedFor(id) }]} opened={withLog}>
      <RunScreen id={id} />
    </Prefetch>
  );
}

/** The attempt that the page opens with. */
function openAttempt(detail: RunDetail, asked: Awaited<PageProps["searchParams"]>): Attempt | null {
  const wholeOf = (text: string | string[] | undefined) => (typeof text === "string" && /^\d{1,6}$/.test(text) ? Number(text) : null);
  const task = typeof asked.task === "string" ? asked.task : null;
  const chosen = chosenAttempt(detail, taskRows(detail.attempts), { task, try: wholeOf(asked.try), map: wholeOf(asked.map) });
  return chosen?.attempt ?? null;
}
