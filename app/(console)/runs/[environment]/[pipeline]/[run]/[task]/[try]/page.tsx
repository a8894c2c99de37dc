import type { QueryClient } from "@tanstack/react-query";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { fromSegment } from "@/lib/paths";
import { attemptQueries } from "@/lib/queries/attempts";
import { getAttempt, idOfAttempt } from "@/server/attempts";
import { requireUser } from "@/server/auth";
import { readLogOpening } from "@/server/log-opening";
import { once, Prefetch } from "../../../../../../../prefetch";
import { AttemptScreen } from "./attempt-screen";

type PageProps = {
  params: Promise<{ environment: string; pipeline: string; run: string; task: string; try: string }>;
  searchParams: Promise<{ map?: string | string[]; line?: string | string[] }>;
};

async function placeOf(params: PageProps["params"]) {
  const { environment, pipeline, run, task, try: tryText } = await params;
  const tryNumber = /^\d{1,6}$/.test(tryText) ? Number(tryText) : null;
  const id = { environment: fromSegment(environment), pipeline: fromSegment(pipeline), runId: fromSegment(run) };
  return { id, taskId: fromSegment(task), tryNumber };
}

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  const { id, taskId, tryNumber } = await placeOf(params);
  return { title: `${taskId}, try ${tryNumber ?? "unknown"}, ${id.pipeline}` };
}

export default async function AttemptPage({ params, searchParams }: PageProps) {
  const user = await requireUser();
  const { id, taskId, tryNumber } = await placeOf(params);
  const { map, line } = await searchParams;
  const mapIndex = typeof map === "string" && /^\d{1,6}$/.test(map) ? Number(map) : -1;
  if (tryNumber === null) notFound();
  const attempt = idOfAttempt({ ...id, taskId, mapIndex, tryNumber });
  const detail = once(() => getAttempt(user, attempt));
  const withLog = async (client: QueryClient) => {
    const opening = line === undefined ? await readLogOpening(user, (await detail()).attempt) : null;
    if (opening) client.setQueryData(attemptQueries.opening(attempt).queryKey, opening);
  };
  return (
    <Prefetch queries={[{ queryKey: attemptQueries.detail(attempt).queryKey, load: detail }]} opened={withLog}>
      <AttemptScreen id={id} taskId={taskId} attemptId={attempt} />
    </Prefetch>
  );
}
