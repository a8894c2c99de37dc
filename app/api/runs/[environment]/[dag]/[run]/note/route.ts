import { NoteRequest } from "@/lib/schemas/note";
import { addNote, allowNote } from "@/server/notes";
import { Reply, route } from "@/server/route";

export const POST = route(async ({ user, body, idempotencyKey, params: { environment = "", dag = "", run = "" } }) => {
  await allowNote(user, `${environment}/${dag}/${run}`, environment);
  const result = await addNote(user, { environment, pipeline: dag, runId: run }, await body(NoteRequest), idempotencyKey());
  return new Reply(result.outcome === "created" ? 201 : 200, result);
});
