import { LoadFilter } from "@/lib/schemas/table";
import { route } from "@/server/route";
import { listTableLoads } from "@/server/tables";

export const GET = route(({ user, query, params: { environment = "", table = "" } }) =>
  listTableLoads(user, environment, table, query(LoadFilter)),
);
