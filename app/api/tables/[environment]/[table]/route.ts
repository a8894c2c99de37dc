import { route } from "@/server/route";
import { getTable } from "@/server/tables";

export const GET = route(({ user, params: { environment = "", table = "" } }) => getTable(user, environment, table));
