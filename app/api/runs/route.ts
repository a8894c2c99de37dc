import { RunFilter } from "@/lib/schemas/run";
import { route } from "@/server/route";
import { listRuns } from "@/server/runs";

export const GET = route(({ user, query }) => listRuns(user, query(RunFilter)));
