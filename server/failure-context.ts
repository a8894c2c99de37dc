import "server-only";
import { foreignNote } from "@/lib/format/run-words";
import { FailureClass } from "@/lib/schemas/attempt";
import type { FailureContext } from "@/lib/schemas/failure-context";
import { toFailure } from "./attempts";
import type { FailedAttempt } from "./ledger/read/attempts";
import { countFailures, selectFailedBefore } from "./ledger/read/failures";
import { selectNotesOfRuns } from "./ledger/read/notes";
import { selectAirflowNotes } from "./ledger/read/runs";
import { toNotes } from "./note-versions";

const days = 90;
const mostOthers = 10;
/** Of so many earlier failures the notes are read. */
const mostRead = 20;

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
async function seenBefore(
  { attempt }: FailedAttempt,
  named: FailureClass,
): Promise<Pick<FailureContext, "here" | "anywhere" | "last" | "note">> {
  const none = { count: 0, isMore: false };
  if (named === "unclassified") return { here: none, anywhere: none, last: null, note: null };
  const before = attempt.endedAt ?? new Date();
  const since = new Date(before.getTime() - days * 86_400_000);
  const [here, anywhere] = await Promise.all([
    selectFailedBefore(attempt, named, since, before, mostRead),
    countFailures(attempt, named, since, before),
  ]);
  const earlier = here.rows.map(({ endedAt, ...row }) => ({ ...row, failedAt: endedAt.toISOString() }));
  return {
    here: { count: here.count, isMore: here.isMore },
    anywhere,
    last: earlier[0] ?? null,
    note: await noteLeft(attempt, earlier),
  };
}

type Earlier = NonNullable<FailureContext["last"]>;

/** The note of the newest of these runs that has one: written in Penstock, else in Airflow by somebody. */
async function noteLeft(of: { environment: string; pipeline: string }, earlier: Earlier[]): Promise<FailureContext["note"]> {
  if (earlier.length === 0) return null;
  const runIds = earlier.map(({ runId }) => runId);
  const [own, inAirflow] = await Promise.all([selectNotesOfRuns(of, runIds), selectAirflowNotes(of, runIds)]);
  for (const each of earlier) {
    const [note] = toNotes(own.filter(({ runId }) => runId === each.runId));
    if (note) return { ...each, text: note.text, author: note.author };
    const text = foreignNote({ note: inAirflow.get(each.runId) ?? null });
    if (text) return { ...each, text, author: null };
  }
  return null;
}
