import { StructureQuery } from "@/lib/schemas/structure";
import { route } from "@/server/route";
import { getPipelineStructure } from "@/server/structure";

export const GET = route(({ user, params: { environment = "", dag = "" }, query }) =>
  getPipelineStructure(user, environment, dag, query(StructureQuery).version),
);
