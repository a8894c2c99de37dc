import { EnvironmentFilter } from "@/lib/schemas/common";
import { listSources } from "@/server/health";
import { route } from "@/server/route";

export const GET = route(({ user, query }) => listSources(user, query(EnvironmentFilter)));
