import { AttemptQuery } from "@/lib/schemas/run";
import { listAttempts } from "@/server/attempts";
import { route } from "@/server/route";

export const GET = route(({ user, params: { environment = "", dag = "", run = "" }, query }) =>
  listAttempts(user, { environment, pipeline: dag, runId: run }, query(AttemptQuery)),
);
