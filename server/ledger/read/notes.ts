import "server-only";
import { and, desc, eq, inArray } from "drizzle-orm";
import type { RunId } from "@/lib/schemas/run";
import { type Executor, ledger } from "../db";
import { note } from "../schema-notes";

export type NoteRow = typeof note.$inferSelect;

const newestFirst = [desc(note.at), desc(note.id), desc(note.version)];

/** Every version of every note on a run and on its attempts. */
export const selectRunNotes = (id: RunId): Promise<NoteRow[]> =>
  ledger()
    .select()
    .from(note)
    .where(and(eq(note.environment, id.environment), eq(note.pipeline, id.pipeline), eq(note.runId, id.runId)))
    .orderBy(...newestFirst);

/** Every version of every note on these runs of a pipeline and on their attempts. */
export const selectNotesOfRuns = (of: { environment: string; pipeline: string }, runIds: string[]): Promise<NoteRow[]> =>
  ledger()
    .select()
    .from(note)
    .where(and(eq(note.environment, of.environment), eq(note.pipeline, of.pipeline), inArray(note.runId, runIds)))
    .orderBy(...newestFirst);

/** Every version of every note on one attempt. */
export const selectAttemptNotes = ({ id, environment, pipeline, runId }: RunId & { id: string }): Promise<NoteRow[]> =>
  ledger()
    .select()
    .from(note)
    .where(and(eq(note.environment, environment), eq(note.pipeline, pipeline), eq(note.runId, runId), eq(note.attemptId, id)))
    .orderBy(...newestFirst);

export async function selectNoteUnder(
  db: Executor,
  key: Pick<NoteRow, "environment" | "pipeline" | "idempotencyKey">,
): Promise<NoteRow | null> {
  const [row] = await db
    .select()
    .from(note)
    .where(and(eq(note.environment, key.environment), eq(note.pipeline, key.pipeline), eq(note.idempotencyKey, key.idempotencyKey)));
  return row ?? null;
}

/** Every version of one note, newest first; its first is locked, so that changes come one after the other. */
export async function selectNoteForChange(db: Executor, id: string): Promise<NoteRow[]> {
  await db
    .select({ id: note.id })
    .from(note)
    .where(and(eq(note.id, id), eq(note.version, 1)))
    .for("update");
  return db.select().from(note).where(eq(note.id, id)).orderBy(desc(note.version));
}
