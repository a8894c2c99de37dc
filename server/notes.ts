import "server-only";
import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import type { NoteRequest, NoteResult } from "@/lib/schemas/note";
import type { RunId } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { findAttempt } from "./attempts";
import { allowAudited, appendAudit } from "./audit";
import { knownEnvironment } from "./env";
import { AppError } from "./errors";
import { checkKey, otherRequest } from "./idempotency";
import { digest, intentUnder, runTarget } from "./intents";
import { ledger } from "./ledger/db";
import { notify, runKey } from "./ledger/notify";
import { selectIntentOfRun } from "./ledger/read/activity";
import { type NoteRow, selectNoteForChange, selectNoteUnder } from "./ledger/read/notes";
import { selectNearRuns, selectRun } from "./ledger/read/runs";
import { note } from "./ledger/schema-notes";
import { notFound } from "./near";

type Subject = RunId & { attemptId: string | null };

/** Whoever may not write learns nothing of what there is. Doors call it before they read the request. */
export const allowNote = (user: User, target: string, environment: string | null): Promise<void> =>
  allowAudited(user, "run:note", { action: "run.note", environment, target, reason: null });

/**
 * Writes on a run, or changes an own note on it; once, however often it is asked with the same key.
 * @throws AppError forbidden (also: somebody else's note), not_found, invalid (the key stands for another request)
 */
export async function addNote(user: User, id: RunId, request: NoteRequest, key: string): Promise<NoteResult> {
  await allowNote(user, runTarget(id), id.environment);
  knownEnvironment(id.environment);
  if (!(await selectRun(id)) && !(await selectIntentOfRun(id)))
    throw notFound("run", id.runId, await selectNearRuns(id.environment, id.pipeline));
  return write(user, { ...id, attemptId: null }, request, checkKey(key));
}

/** The same, on one attempt. */
export async function addAttemptNote(user: User, attemptId: string, request: NoteRequest, key: string): Promise<NoteResult> {
  await allowNote(user, attemptId, null);
  const { environment, pipeline, runId } = (await findAttempt(attemptId)).attempt;
  return write(user, { environment, pipeline, runId, attemptId }, request, checkKey(key));
}

async function write(user: User, subject: Subject, request: NoteRequest, idempotencyKey: string): Promise<NoteResult> {
  const { environment, pipeline, runId, attemptId } = subject;
  const bodyDigest = digest({ ...request, runId, attemptId });
  const key = { environment, pipeline, idempotencyKey };
  // A key stands for one request, whatever kind it is.
  if (await intentUnder(key)) throw otherRequest();
  return ledger().transaction(async (tx) => {
    const before = request.id === undefined ? [] : await selectNoteForChange(tx, request.id);
    const known = await selectNoteUnder(tx, key);
    if (known) return repeated(user, known, bodyDigest);
    if (request.id !== undefined) checkOwn(user, subject, before[0]);
    const [row] = await tx
      .insert(note)
      .values({
        ...subject,
        id: request.id ?? randomUUID(),
        version: (before[0]?.version ?? 0) + 1,
        authorId: user.id,
        authorName: user.name,
        text: request.text,
        idempotencyKey,
        bodyDigest,
        at: sql`now()`,
      })
      .onConflictDoNothing({ target: [note.environment, note.pipeline, note.idempotencyKey] })
      .returning();
    if (!row) {
      const first = await selectNoteUnder(tx, key);
      if (!first) throw new Error("a note that took the key is gone");
      return repeated(user, first, bodyDigest);
    }
    await notify(tx, ["runs", runKey(environment, pipeline, runId)]);
    const detail = `${row.version > 1 ? "changed to: " : ""}${request.text}`;
    const fact = { user, action: "run.note", environment, target: runTarget(subject), reason: null, intentId: null };
    await appendAudit(tx, { ...fact, outcome: "done", detail });
    return { outcome: "created", id: row.id };
  });
}

function repeated(user: User, known: NoteRow, bodyDigest: string): NoteResult {
  if (known.authorId !== user.id || known.bodyDigest !== bodyDigest) throw otherRequest();
  return { outcome: "repeated", id: known.id };
}

function checkOwn(user: User, subject: Subject, newest: NoteRow | undefined): void {
  const isHere =
    newest?.environment === subject.environment &&
    newest.pipeline === subject.pipeline &&
    newest.runId === subject.runId &&
    newest.attemptId === subject.attemptId;
  if (!newest || !isHere) throw new AppError("not_found", "There is no such note here", { remedy: "Leave the id out to write a new one." });
  if (newest.authorId !== user.id)
    throw new AppError("forbidden", `Only ${newest.authorName} can change this note`, { remedy: "Write one of your own beside it." });
}
