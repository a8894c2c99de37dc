import { EnvironmentFilter } from "@/lib/schemas/common";
import { route } from "@/server/route";
import { getStatus } from "@/server/status";

export const GET = route(({ user, query }) => getStatus(user, query(EnvironmentFilter)));
