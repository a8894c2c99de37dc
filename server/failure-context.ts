import "server-only";
import { FailureClass } from "@/lib/schemas/attempt";
import type { FailureContext } from "@/lib/schemas/failure-context";
import { toFailure } from "./attempts";
import type { FailedAttempt } from "./ledger/read/attempts";
import { countFailures, selectFailedBefore } from "./ledger/read/failures";
import { selectRunNotes } from "./ledger/read/notes";
import { selectRun } from "./ledger/read/runs";
import { toNotes } from "./note-versions";

const days = 90;
const mostOthers = 10;

/** What stands around the first of a run's failures, given in order; null when none failed. */
export async function contextOf(failed: FailedAttempt[]): Promise<FailureContext | null> {
  const [first, ...further] = failed;
  if (!first) return null;
  const named = FailureClass.safeParse(first.failure?.class).data ?? "unclassified";
  const found = further.flatMap((each) => {
    const failure = toFailure(each);
    return failure ? [{ ...failure, mapIndex: each.attempt.mapIndex }] : [];
  });
  const others = found.filter((each) => each.class !== named);
  return {
    days,
    ...(await seenBefore(first, named)),
    alike: found.length - others.length,
    others: others.slice(0, mostOthers).map(({ attemptId, taskId, tryNumber, mapIndex, class: own, title }) => ({
      attemptId,
      taskId,
      tryNumber,
      mapIndex,
      class: own,
      title,
    })),
    othersCount: others.length,
  };
}

/** A cause that nobody recognised cannot be known again. */
async function seenBefore({ attempt }: FailedAttempt, named: FailureClass): Promise<Pick<FailureContext, "here" | "anywhere" | "last">> {
  const none = { count: 0, isMore: false };
  if (named === "unclassified") return { here: none, anywhere: none, last: null };
  const before = attempt.endedAt ?? new Date();
  const since = new Date(before.getTime() - days * 86_400_000);
  const [here, anywhere] = await Promise.all([
    selectFailedBefore(attempt, named, since, before),
    countFailures(attempt, named, since, before),
  ]);
  const [last] = here.rows;
  const count = { count: here.count, isMore: here.isMore };
  if (!last) return { here: count, anywhere, last: null };
  return {
    here: count,
    anywhere,
    last: {
      runId: last.runId,
      tryNumber: last.tryNumber,
      mapIndex: last.mapIndex,
      failedAt: last.endedAt.toISOString(),
      note: await noteLeft({ ...attempt, runId: last.runId }),
    },
  };
}

/** The newest note of that run: written in Penstock, else in Airflow. */
async function noteLeft(id: {
  environment: string;
  pipeline: string;
  runId: string;
}): Promise<{ text: string; author: string | null } | null> {
  const [note] = toNotes(await selectRunNotes(id));
  if (note) return { text: note.text, author: note.author };
  const run = await selectRun(id);
  return run?.note ? { text: run.note, author: null } : null;
}
