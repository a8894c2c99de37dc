import { CompareQuery } from "@/lib/schemas/compare";
import { compareRuns } from "@/server/compare";
import { route } from "@/server/route";

export const GET = route(({ user, params: { environment = "", dag = "", run = "" }, query }) =>
  compareRuns(user, { environment, pipeline: dag, runId: run }, query(CompareQuery)),
);
