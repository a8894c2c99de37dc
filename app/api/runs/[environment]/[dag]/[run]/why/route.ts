import { route } from "@/server/route";
import { whyQueued } from "@/server/why-queued";

export const GET = route(({ user, params: { environment = "", dag = "", run = "" } }) =>
  whyQueued(user, { environment, pipeline: dag, runId: run }),
);
