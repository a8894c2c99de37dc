import { afterEach, beforeEach, expect, it } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import * as schema from "@/server/ledger/schema";
import { forgetCalls } from "@/server/sources/call";
import { type Answer, type Asked, recorded, startReplay } from "@/server/sources/replay";
import { configure } from "@/server/testing/configuration";
import { givenEcsTask } from "@/server/testing/facts";
import { ledgerBesideAws } from "@/server/testing/ledger-beside-aws";
import { Activity } from "./activity";
import { EcsLook } from "./look-ecs";

type Refusal = "AccessDeniedException" | "ClusterNotFoundException";
const server = ledgerBesideAws();
let endpoint: Awaited<ReturnType<typeof startReplay>>;
let environment: EnvironmentConfig;
let refused: Record<string, Refusal>;

beforeEach(async () => {
  refused = {};
  endpoint = await startReplay(ecs);
  environment = { name: "local", region: "eu-west-1", mwaa: "penstock", ecs: ["web", "penstock"], glue: [] };
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url, environments: [environment] });
  forgetCalls();
});
afterEach(async () => {
  await endpoint.stop();
  await ledger().execute("truncate ecs_task, task_definition, source_health, join_hint");
});

const known = () => (recorded("ecs-describe-tasks") as { tasks: { taskArn: string }[] }).tasks;

function ecs({ operation, body }: Asked): Answer {
  const name = refused[String(body.cluster)];
  if (name)
    return {
      status: 400,
      headers: { "x-amzn-errortype": name },
      body: { message: name === "ClusterNotFoundException" ? "Cluster not found." : "not authorized" },
    };
  if (operation === "DescribeTaskDefinition") return { body: recorded("ecs-describe-task-definition") };
  if (operation === "ListTasks")
    return {
      body: { taskArns: body.cluster === "penstock" && body.desiredStatus === "STOPPED" ? known().map((task) => task.taskArn) : [] },
    };
  const asked = body.tasks as string[];
  return { body: { tasks: known().filter((task) => asked.includes(task.taskArn)), failures: [] } };
}

const newLook = () => {
  const scope = { environment: "local", region: "eu-west-1", mwaaName: "penstock", lease: null };
  return new EcsLook(environment, scope, new Activity("local"));
};
const tasks = () => ledger().select().from(schema.ecsTask);
const health = async () => (await ledger().select().from(schema.sourceHealth)).find((row) => row.source === "ecs");

it.each([
  [
    "AccessDeniedException",
    "Cluster web cannot be read: ecs (local): access denied: not authorized. Grant Penstock's role this permission",
  ],
  ["ClusterNotFoundException", "Cluster web cannot be read: ecs (local): Cluster not found. Check the name in penstock.yaml"],
] as const)("a cluster that answers %s is told of, and keeps no other from being read", async (refusal, remark) => {
  refused = { web: refusal };
  const look = newLook();
  await look.look();
  expect(await tasks()).toHaveLength(known().length);
  expect(await health()).toMatchObject({ error: null, remark });
  refused = {};
  await look.look();
  expect(await health()).toMatchObject({ error: null, remark: null });
});

it("is in trouble when every cluster refuses", async () => {
  refused = { web: "ClusterNotFoundException", penstock: "AccessDeniedException" };
  await expect(newLook().look()).rejects.toThrow("Cluster web cannot be read: ecs (local): Cluster not found.");
});

it("the containers of a cluster that is gone are lost, and no longer asked for", async () => {
  await givenEcsTask({ attemptId: null, taskArn: "arn:aws:ecs:x:1:task/web/1", cluster: "web", lastStatus: "RUNNING", stoppedAt: null });
  refused = { web: "ClusterNotFoundException" };
  const look = newLook();
  for (let turn = 0; turn < 3; turn++) await look.look();
  const [task] = (await tasks()).filter((each) => each.cluster === "web");
  expect(task).toMatchObject({ lastStatus: "RUNNING", missingSince: expect.any(Date) });
  expect(endpoint.asked.filter(({ operation, body }) => operation === "DescribeTasks" && body.cluster === "web")).toHaveLength(1);
});

it("asks once, and not at each look, for a container that an XCom named and ECS does not tell", async () => {
  refused = { closed: "AccessDeniedException" };
  for (const cluster of ["closed", "elsewhere"])
    await ledger()
      .insert(schema.joinHint)
      .values({ environment: "local", ref: `arn:aws:ecs:x:1:task/${cluster}/1`, owner: cluster, attemptId: "a", seenAt: new Date() });
  const look = newLook();
  for (let turn = 0; turn < 4; turn++) await look.look();
  const asked = endpoint.asked.filter(({ operation, body }) => operation === "DescribeTasks" && body.cluster !== "penstock");
  expect(asked.map(({ body }) => body.cluster).sort()).toEqual(["closed", "elsewhere"]);
});
