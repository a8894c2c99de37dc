import { GridQuery } from "@/lib/schemas/grid";
import { getPipelineGrid } from "@/server/pipeline-grid";
import { route } from "@/server/route";

export const GET = route(({ user, params: { environment = "", dag = "" }, query }) =>
  getPipelineGrid(user, environment, dag, query(GridQuery)),
);
