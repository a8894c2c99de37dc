import { PageQuery } from "@/lib/schemas/common";
import { TriggerRequest } from "@/lib/schemas/pipeline";
import { triggerRun, triggerStatus } from "@/server/actions";
import { Reply, route } from "@/server/route";
import { listRuns } from "@/server/runs";

export const GET = route(({ user, query, params: { environment, dag } }) =>
  listRuns(user, { ...query(PageQuery), environment, pipeline: dag }),
);

export const POST = route(async ({ user, body, idempotencyKey, params: { environment = "", dag = "" } }) => {
  const result = await triggerRun(user, environment, dag, await body(TriggerRequest), idempotencyKey());
  return new Reply(triggerStatus[result.outcome], result);
});
