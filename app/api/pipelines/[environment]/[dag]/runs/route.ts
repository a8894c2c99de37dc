import { PageQuery } from "@/lib/schemas/common";
import { TriggerRequest } from "@/lib/schemas/pipeline";
import { allowTrigger, triggerRun, triggerStatus } from "@/server/actions";
import { listPipelineRuns } from "@/server/pipelines";
import { Reply, route } from "@/server/route";

export const GET = route(({ user, query, params: { environment = "", dag = "" } }) =>
  listPipelineRuns(user, environment, dag, query(PageQuery)),
);

export const POST = route(async ({ user, body, idempotencyKey, params: { environment = "", dag = "" } }) => {
  await allowTrigger(user, environment, dag);
  const result = await triggerRun(user, environment, dag, await body(TriggerRequest), idempotencyKey());
  return new Reply(triggerStatus[result.outcome], result);
});
