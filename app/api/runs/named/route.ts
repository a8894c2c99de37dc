import { RunNames } from "@/lib/schemas/run";
import { route } from "@/server/route";
import { listNamedRuns } from "@/server/runs";

export const GET = route(({ user, query }) => listNamedRuns(user, query(RunNames)));
