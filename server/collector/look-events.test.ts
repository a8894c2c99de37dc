import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EnvironmentConfig } from "@/server/env";
import { ledger } from "@/server/ledger/db";
import { takeLease } from "@/server/ledger/lease";
import * as schema from "@/server/ledger/schema";
import { taskDefinition } from "@/server/ledger/schema-aws";
import { forgetCalls } from "@/server/sources/call";
import { toEcsTask } from "@/server/sources/ecs-task";
import { type Answer, type Asked, recorded, startReplay } from "@/server/sources/replay";
import { configure } from "@/server/testing/configuration";
import { ledgerBesideAws } from "@/server/testing/ledger-beside-aws";
import { Activity } from "./activity";
import { ingestEcsEvents, ingestEcsTasks } from "./ingest-aws";
import { EcsLook } from "./look-ecs";
import { EventsLook } from "./look-events";
import { ingest, type Scope } from "./scope";

type Envelope = { account: string; region: string; detail: Record<string, unknown> } & Record<string, unknown>;
const stoppedTask = () => recorded("event-ecs-task-stopped") as Envelope;
const endedRun = () => recorded("event-glue-job-succeeded") as Envelope;

const server = ledgerBesideAws();
let endpoint: Awaited<ReturnType<typeof startReplay>>;
let environment: EnvironmentConfig;
let queue: { MessageId: string; ReceiptHandle: string; MD5OfBody: string; Body: string }[];
let hidden: Set<string>;
let turn = 0;
let sent = 0;
let refuse: string | null;
let refusal: Answer;

beforeEach(async () => {
  [queue, hidden, refuse] = [[], new Set(), null];
  endpoint = await startReplay(aws);
  environment = {
    name: `events${++turn}`,
    region: "eu-west-1",
    mwaa: "penstock",
    ecs: ["penstock"],
    glue: ["penstock-*"],
    events: "https://sqs.eu-west-1.amazonaws.com/123456789012/penstock-events",
  };
  configure({ databaseUrl: server.url, awsEndpointUrl: endpoint.url, environments: [environment] });
  forgetCalls();
});
afterEach(async () => {
  await endpoint.stop();
  await ledger().execute("truncate ecs_task, glue_run, task_definition, source_health, lease");
});

/** A queue as SQS keeps one: what was received is hidden, what was deleted is gone; and ECS and Glue as they were recorded. */
function aws({ operation, body, form }: Asked): Answer | null {
  if (refuse !== null && operation === refuse) return refusal;
  if (form?.get("Action") === "GetCallerIdentity") {
    const xml =
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    return { headers: { "content-type": "text/xml" }, body: xml };
  }
  if (operation === "ReceiveMessage") {
    const visible = queue.filter((message) => !hidden.has(message.MessageId)).slice(0, Number(body.MaxNumberOfMessages));
    for (const message of visible) hidden.add(message.MessageId);
    return { body: visible.length > 0 ? { Messages: visible } : {} };
  }
  if (operation === "DeleteMessageBatch") {
    const gone = (body.Entries as { ReceiptHandle: string }[]).map((entry) => entry.ReceiptHandle);
    queue = queue.filter((message) => !gone.includes(message.ReceiptHandle));
    return { body: { Successful: [], Failed: [] } };
  }
  const known = (recorded("glue-get-job-runs") as { JobRuns: { Id: string }[] }).JobRuns;
  if (operation === "GetJobRun") return { body: { JobRun: known.find((run) => run.Id === body.RunId) } };
  const names: Record<string, string> = { DescribeTaskDefinition: "ecs-describe-task-definition", DescribeTasks: "ecs-describe-tasks" };
  if (operation === "ListTasks") return { body: { taskArns: body.desiredStatus === "STOPPED" ? [stoppedTask().detail.taskArn] : [] } };
  return { body: recorded(names[operation ?? ""] ?? "") };
}

const send = (...bodies: unknown[]) => {
  for (const body of bodies) {
    const MessageId = `m${++sent}-${turn}`;
    const Body = typeof body === "string" ? body : JSON.stringify(body);
    queue.push({ MessageId, ReceiptHandle: `r-${MessageId}`, MD5OfBody: createHash("md5").update(Body).digest("hex"), Body });
  }
};
const scopeOf = (lease: Scope["lease"] = null): Scope => ({
  environment: environment.name,
  region: "eu-west-1",
  mwaaName: "penstock",
  lease,
});
const look = (scope = scopeOf(), activity = new Activity(environment.name)) => new EventsLook(environment, scope, activity).look();
const tasks = () => ledger().select().from(schema.ecsTask);
const runs = () => ledger().select().from(schema.glueRun);
const cursor = async () => (await ledger().select().from(schema.sourceHealth)).find((row) => row.source === "events")?.cursor;
const operations = () => endpoint.asked.map((asked) => asked.operation ?? asked.form?.get("Action"));

describe("a state change", () => {
  it("of a container is in the ledger with its end and its revision before the message is deleted", async () => {
    send(stoppedTask());
    expect(await look()).toEqual({ isActive: true });
    const [task] = await tasks();
    expect(task).toMatchObject({
      lastStatus: "STOPPED",
      exitCode: 137,
      stopCode: "EssentialContainerExited",
      version: 8,
      isDescribed: false,
    });
    expect(task?.containers).toMatchObject([{ name: "extractor", exitCode: 137, isEssential: true }]);
    expect(task?.attemptId).not.toBeNull();
    expect(await ledger().select({ name: taskDefinition.name }).from(taskDefinition)).toEqual([{ name: task?.taskDefinition }]);
    expect(queue).toEqual([]);
    expect(operations().at(-1)).toBe("DeleteMessageBatch");
    expect(await cursor()).toEqual({ received: 1, ignored: 0, unreadable: 0 });
  });

  it("of a Glue run is asked for, once, since the event has no facts", async () => {
    send(endedRun(), endedRun());
    await look();
    expect(await runs()).toMatchObject([{ state: "SUCCEEDED", executionSeconds: 51, workerType: "G.1X" }]);
    expect(operations().filter((operation) => operation === "GetJobRun")).toHaveLength(1);
    expect(queue).toEqual([]);
  });

  it("of another account, region, cluster or job is none of this environment's", async () => {
    const other = { ...stoppedTask().detail, clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/web" };
    send(
      { ...stoppedTask(), account: "999999999999" },
      { ...stoppedTask(), region: "us-east-1" },
      { ...stoppedTask(), detail: other },
      { ...endedRun(), detail: { ...endedRun().detail, jobName: "other-load" } },
      { ...endedRun(), "detail-type": "Glue Crawler State Change" },
    );
    await look();
    expect([await tasks(), await runs(), queue]).toEqual([[], [], []]);
    expect(await cursor()).toEqual({ received: 5, ignored: 5, unreadable: 0 });
  });

  it("that cannot be read is counted and deleted, and keeps no other from its turn", async () => {
    send("not JSON", { Message: "from SNS" }, { ...stoppedTask(), detail: { taskArn: 7 } }, { ...endedRun(), detail: {} }, stoppedTask());
    await look();
    expect(await tasks()).toHaveLength(1);
    expect(queue).toEqual([]);
    expect(await cursor()).toEqual({ received: 5, ignored: 0, unreadable: 4 });
    const remark = async () => (await ledger().select().from(schema.sourceHealth)).find((row) => row.source === "events")?.remark;
    expect(await remark()).toContain("4 of the last messages");
    send(endedRun());
    await look();
    expect(await remark()).toBeNull();
  });

  it("stays in the queue while the ledger does not take it", async () => {
    send(stoppedTask(), endedRun());
    const lost = { name: "collector", holder: "another", epoch: 7 };
    await takeLease("collector", "leader");
    await expect(look(scopeOf(lost))).rejects.toThrow("no longer leads");
    expect(queue).toHaveLength(2);
    hidden.clear();
    await look();
    expect([queue.length, (await tasks()).length, (await runs()).length]).toEqual([0, 1, 1]);
  });

  it.each([
    ["cannot be asked", { status: 500, body: { message: "busy" } }, null],
    [
      "refuses",
      { status: 400, headers: { "x-amzn-errortype": "AccessDeniedException" }, body: { message: "not authorized" } },
      "Glue job penstock-load cannot be read",
    ],
  ])("of a container is taken while Glue %s, and the one of Glue waits for it", async (_, answer, remark) => {
    send(endedRun(), stoppedTask());
    refuse = "GetJobRun";
    refusal = answer;
    await look();
    expect([(await tasks()).length, (await runs()).length]).toEqual([1, 0]);
    expect(queue.map((message) => JSON.parse(message.Body).source)).toEqual(["aws.glue"]);
    const [health] = (await ledger().select().from(schema.sourceHealth)).filter((row) => row.source === "events");
    expect(health?.error).toBeNull();
    if (remark) expect(health?.remark).toContain(remark);
    else expect(health?.remark).toBeNull();
    hidden.clear();
    refuse = null;
    forgetCalls();
    await look();
    expect([queue.length, (await runs()).length]).toEqual([0, 1]);
  });

  it("that the database refuses is left to the queue, and the others are written", async () => {
    const [good, bad] = [stoppedTask(), stoppedTask()];
    send(good, { ...bad, detail: { ...bad.detail, taskArn: `${bad.detail.taskArn}-\0` } });
    await look();
    expect(await tasks()).toHaveLength(1);
    expect(queue).toHaveLength(1);
  });

  it("with a character that no record can keep in a reason is written all the same", async () => {
    const told = stoppedTask();
    send({ ...told, detail: { ...told.detail, stoppedReason: "a\0b" } });
    await look();
    expect((await tasks()).map((each) => each.stoppedReason)).toEqual(["a\uFFFDb"]);
    expect(queue).toEqual([]);
  });
});

describe("many state changes", () => {
  it("are taken ten at a time, in one transaction and few requests", async () => {
    send(
      ...Array.from({ length: 25 }, (_, index) => ({
        ...stoppedTask(),
        detail: { ...stoppedTask().detail, taskArn: `arn:aws:ecs:x:1:task/penstock/${index}` },
      })),
    );
    await look();
    expect(await tasks()).toHaveLength(25);
    expect(operations().filter((operation) => operation === "ReceiveMessage")).toHaveLength(4);
    expect(operations().filter((operation) => operation === "DeleteMessageBatch")).toHaveLength(3);
    expect(endpoint.asked.filter((asked) => asked.operation === "ReceiveMessage").map((asked) => asked.body.WaitTimeSeconds)).toEqual([
      5, 0, 0, 0,
    ]);
  });

  it("end in the same row however they are repeated and ordered, among answers of DescribeTasks", async () => {
    const task = (recorded("ecs-describe-tasks") as { tasks: Record<string, unknown>[] }).tasks[0];
    const states = ["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"];
    const dated = Object.fromEntries(
      Object.entries(task ?? {}).map(([key, value]) => [key, /At$/.test(key) ? new Date(String(value)) : value]),
    );
    const at = (version: number) => ({
      ...toEcsTask(dated, null),
      version,
      lastStatus: states[version - 1] ?? "",
      exitCode: version === 8 ? 0 : null,
    });
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7], { minLength: 0 }),
        fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
        async (some, repeats, polled) => {
          await ledger().execute("truncate ecs_task");
          for (const [index, version] of [...some, 8, ...repeats].entries()) {
            const put = polled[index] ? ingestEcsTasks : ingestEcsEvents;
            await ingest(scopeOf(), null, async (tx, changes) => {
              await put(tx, scopeOf(), changes, [at(version)]);
            });
          }
          expect(await tasks()).toMatchObject([{ version: 8, lastStatus: "STOPPED", exitCode: 0 }]);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("change nothing when they come again", async () => {
    send(stoppedTask());
    await look();
    const before = await tasks();
    send(stoppedTask(), { ...stoppedTask(), detail: { ...stoppedTask().detail, version: 4, lastStatus: "RUNNING" } });
    await look();
    expect(await tasks()).toEqual(before);
  });
});

describe("polling beside events", () => {
  it("describes once what only an event told of, for its tags, and then no more", async () => {
    send(stoppedTask());
    await look();
    const ecs = new EcsLook(environment, scopeOf(), new Activity(environment.name));
    await ecs.look();
    expect((await tasks()).find((row) => row.taskArn === stoppedTask().detail.taskArn)).toMatchObject({ isDescribed: true, exitCode: 137 });
    const asked = operations().filter((operation) => operation === "DescribeTasks").length;
    await ecs.look();
    expect(operations().filter((operation) => operation === "DescribeTasks")).toHaveLength(asked);
  });

  it("slows down while events arrive, and not for an empty queue", async () => {
    const activity = new Activity(environment.name);
    activity.poke();
    const ecs = new EcsLook(environment, scopeOf(), activity);
    await look(scopeOf(), activity);
    expect(await ecs.look()).toEqual({ isActive: true });
    send(stoppedTask());
    await look(scopeOf(), activity);
    expect(await ecs.look()).toEqual({ isActive: false });
  });
});
