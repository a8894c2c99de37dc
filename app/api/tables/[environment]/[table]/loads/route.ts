import { PageQuery } from "@/lib/schemas/common";
import { route } from "@/server/route";
import { listTableLoads } from "@/server/tables";

export const GET = route(({ user, query, params: { environment = "", table = "" } }) =>
  listTableLoads(user, environment, table, query(PageQuery)),
);
