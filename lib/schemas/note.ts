import { z } from "zod";
import { Instant } from "./common";

/** What a person wrote on a run or on one of its attempts. `earlier`: what it said before it was changed, newest first. */
export const Note = z.object({
  id: z.string(),
  attemptId: z.string().nullable(),
  authorId: z.string(),
  author: z.string(),
  text: z.string(),
  writtenAt: Instant,
  changedAt: Instant.nullable(),
  earlier: z.array(z.object({ text: z.string(), at: Instant })),
});
export type Note = z.infer<typeof Note>;

/** `id` names an own note to change. */
export const NoteRequest = z.object({ text: z.string().trim().min(1).max(2_000), id: z.string().max(64).optional() }).strict();
export type NoteRequest = z.infer<typeof NoteRequest>;

/** `outcome`: created (201), repeated (200, the same note). */
export const NoteResult = z.object({ id: z.string(), outcome: z.enum(["created", "repeated"]) });
export type NoteResult = z.infer<typeof NoteResult>;
