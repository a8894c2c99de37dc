import "server-only";
import type { Note } from "@/lib/schemas/note";
import type { NoteRow } from "./ledger/read/notes";

/** Versions, newest first, as notes: the newest says what each reads now. */
export function toNotes(rows: NoteRow[]): Note[] {
  const versionsOf = new Map<string, NoteRow[]>();
  for (const row of rows) versionsOf.set(row.id, [...(versionsOf.get(row.id) ?? []), row]);
  const notes = [...versionsOf.values()].map((versions) => {
    const [now, ...earlier] = versions.toSorted((a, b) => b.version - a.version) as [NoteRow, ...NoteRow[]];
    const first = earlier.at(-1) ?? now;
    return {
      id: now.id,
      attemptId: now.attemptId,
      authorId: now.authorId,
      author: now.authorName,
      text: now.text,
      writtenAt: first.at.toISOString(),
      changedAt: earlier.length > 0 ? now.at.toISOString() : null,
      earlier: earlier.map((each) => ({ text: each.text, at: each.at.toISOString() })),
    };
  });
  return notes.sort((a, b) => (a.writtenAt < b.writtenAt ? 1 : -1));
}
