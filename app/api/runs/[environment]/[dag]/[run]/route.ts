import { route } from "@/server/route";
import { getRun } from "@/server/runs";

export const GET = route(({ user, params: { environment = "", dag = "", run = "" } }) =>
  getRun(user, { environment, pipeline: dag, runId: run }),
);
