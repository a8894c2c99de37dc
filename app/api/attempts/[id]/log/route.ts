import { LogQuery } from "@/lib/schemas/attempt";
import { readAttemptLog } from "@/server/logs";
import { route } from "@/server/route";

export const GET = route(({ user, query, params: { id = "" } }) => readAttemptLog(user, id, query(LogQuery)));
