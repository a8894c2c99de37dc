import { getPipeline } from "@/server/pipelines";
import { route } from "@/server/route";

export const GET = route(({ user, params: { environment = "", dag = "" } }) => getPipeline(user, environment, dag));
