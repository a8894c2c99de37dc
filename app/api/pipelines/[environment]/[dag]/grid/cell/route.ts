import { CellQuery } from "@/lib/schemas/grid";
import { getGridCell } from "@/server/pipeline-grid";
import { route } from "@/server/route";

export const GET = route(({ user, params: { environment = "", dag = "" }, query }) =>
  getGridCell(user, environment, dag, query(CellQuery)),
);
