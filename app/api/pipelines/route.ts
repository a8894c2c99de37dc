import { PipelineFilter } from "@/lib/schemas/pipeline";
import { listPipelines } from "@/server/pipelines";
import { route } from "@/server/route";

export const GET = route(({ user, query }) => listPipelines(user, query(PipelineFilter)));
