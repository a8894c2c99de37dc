import { NoteRequest } from "@/lib/schemas/note";
import { addAttemptNote, allowNote } from "@/server/notes";
import { Reply, route } from "@/server/route";

export const POST = route(async ({ user, body, idempotencyKey, params: { id = "" } }) => {
  await allowNote(user, id, null);
  const result = await addAttemptNote(user, id, await body(NoteRequest), idempotencyKey());
  return new Reply(result.outcome === "created" ? 201 : 200, result);
});
