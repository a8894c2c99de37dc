import { eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { AppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { type Lease, takeLease } from "@/server/ledger/lease";
import * as schema from "@/server/ledger/schema";
import { log } from "@/server/log";
import { CloudModel } from "@/server/testing/cloud-model";
import { CloudStory, type Happening } from "@/server/testing/cloud-story";
import { configure } from "@/server/testing/configuration";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { Activity } from "./activity";
import { AirflowReading } from "./airflow-reading";
import { AirflowLook } from "./look-airflow";
import { AirflowDetailsLook } from "./look-airflow-details";
import { AirflowHistoryLook } from "./look-airflow-history";
import { EcsLook } from "./look-ecs";
import { GlueLook } from "./look-glue";

const cloud = vi.hoisted(() => ({ model: undefined as unknown as CloudModel }));
vi.mock("@/server/sources/ecs", () => ({
  listTasks: (_environment: unknown, _cluster: string, status: "RUNNING" | "STOPPED") => cloud.model.listTasks(status),
  describeTasks: (_environment: unknown, _cluster: string, arns: string[]) => cloud.model.describeTasks(arns),
}));
vi.mock("@/server/sources/glue", async (original) => ({
  ...(await original<typeof import("@/server/sources/glue")>()),
  listJobs: async () => ["load"],
  listJobRuns: () => cloud.model.listJobRuns(),
}));

const minuteMs = 60_000;
let server: TestLedger;
let turn = 0;
beforeAll(async () => {
  log.level = "silent";
  server = await startTestLedger();
  configure({ databaseUrl: server.url });
});
afterAll(() => server.remove());

type LookName = "changes" | "details" | "history" | "ecs" | "glue";
/** At the n-th request of a look: the request fails, or the collector stands still until another has taken over. */
type Trouble = { kind: "none" } | { kind: "fails" | "stalls"; at: number };
type Step =
  | { happening: Happening }
  | { pauseMs: number }
  | { skewMs: number }
  | { look: LookName; trouble: Trouble; meanwhile: Happening[] };

const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom("start", "start", "advance", "advance", "advance", "advance", "end", "delete", "container", "stop", "glue", "glue"),
  pick: fc.nat(1_000),
  delayMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 20_000 })),
});
/** What went on before Penstock came: its containers are forgotten, its runs are history. */
const past = fc.record({
  happening: fc.record({ kind: fc.constantFrom("start", "start", "advance", "end"), pick: fc.nat(1_000), delayMs: fc.constant(0) }),
  pauseMs: fc.integer({ min: 0, max: 6 * 60 * minuteMs }),
});
const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Trouble>({ kind: "none" }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom("fails" as const, "stalls" as const), at: fc.nat(9) }) },
);
/** Somebody sets the collector's clock. */
const skew = fc.oneof(fc.constant(0), fc.integer({ min: -60 * minuteMs, max: 60 * minuteMs }));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ happening }) },
  { weight: 1, arbitrary: fc.record({ pauseMs: fc.oneof(fc.nat(minuteMs), fc.nat(4 * minuteMs), fc.constant(25 * minuteMs)) }) },
  { weight: 1, arbitrary: fc.record({ skewMs: skew }) },
  {
    weight: 4,
    arbitrary: fc.record({
      look: fc.constantFrom<LookName>("changes", "changes", "details", "history", "history", "ecs", "glue"),
      trouble,
      meanwhile: fc.array(happening, { maxLength: 8 }),
    }),
  },
);

/** One collector process after the other on one environment, and what they look at. */
class World {
  readonly environment = { name: `model${++turn}`, region: "eu-west-1", mwaa: "model", ecs: ["penstock"], glue: ["load"] };
  /** The cloud's time. */
  now = Date.now() - 7 * 86_400_000;
  readonly model: CloudModel;
  readonly story: CloudStory;
  #looks!: Record<LookName, { look(): Promise<{ isActive: boolean }> }>;
  #sawEcsAt = this.now;

  /** @param skewMs how far the collector's clock is ahead of the cloud's */
  constructor(
    public skewMs: number,
    isUnordered: boolean,
  ) {
    this.model = new CloudModel(() => this.now);
    this.model.isUnordered = isUnordered;
    this.story = new CloudStory(this.model);
    cloud.model = this.model;
  }

  async begin(): Promise<void> {
    this.#sawEcsAt = this.now;
    await this.restart();
  }

  /** A collector takes over: whoever led is dead, or stands still. */
  async restart(): Promise<void> {
    await ledger()
      .update(schema.lease)
      .set({ expiresAt: new Date(0) });
    const lease = (await takeLease("collector", `${this.environment.name}:${Math.random()}`)) as Lease;
    const scope = { environment: this.environment.name, region: "eu-west-1", mwaaName: "model", lease };
    const activity = new Activity(this.environment.name);
    const seams = { airflow: () => this.model.airflow(), clock: { now: () => new Date(this.now + this.skewMs) } };
    const reading = new AirflowReading(this.environment, scope, activity, seams);
    this.#looks = {
      changes: new AirflowLook(reading),
      details: new AirflowDetailsLook(reading),
      history: new AirflowHistoryLook(reading),
      ecs: new EcsLook(this.environment, scope, activity),
      glue: new GlueLook(this.environment, scope, activity),
    };
  }

  async look(name: LookName, trouble: Trouble = { kind: "none" }, meanwhile: Happening[] = []): Promise<"done" | "more" | "failed"> {
    const startedAt = this.now;
    let requests = 0;
    let stall = () => {};
    let goOn = () => {};
    const hasStalled = new Promise<"stalled">((done) => {
      stall = () => done("stalled");
    });
    this.model.onRequest = async () => {
      const at = requests++;
      const next = meanwhile.shift();
      if (next) this.story.tell(next);
      this.now += 300;
      if (trouble.kind === "none" || trouble.at !== at) return;
      if (trouble.kind === "fails") throw new AppError("upstream", "the model was told to fail", { system: "model" });
      await new Promise<void>((done) => {
        goOn = done;
        stall();
      });
    };
    const looking = this.#looks[name].look().then(
      ({ isActive }) => (isActive ? ("more" as const) : ("done" as const)),
      (error: unknown) => {
        if (!(error instanceof AppError)) throw error;
        return "failed" as const;
      },
    );
    const outcome = await Promise.race([looking, hasStalled]);
    if (outcome !== "stalled") {
      if (name === "ecs" && outcome !== "failed") this.#sawEcsAt = startedAt;
      return outcome;
    }
    this.model.onRequest = async () => undefined;
    await this.restart();
    // It comes to itself while another leads: what it writes from here on must leave no trace.
    goOn();
    return looking;
  }

  /** ECS forgets what stopped an hour ago: that it is looked at within that time is the collector's duty, not the model's. */
  async pause(ms: number): Promise<void> {
    if (this.now + ms - this.#sawEcsAt > 45 * minuteMs) await this.look("ecs");
    this.now += ms;
  }

  /** Everything that has happened is committed, each look had its turns, and a day later what is there was compared. */
  async rest(): Promise<void> {
    for (let count = 0; count < 10; count++) {
      for (const name of ["ecs", "changes", "glue"] as const) await this.look(name);
      this.now += 16_000;
    }
    await this.#readHistory();
    // Three tasks' earlier tries at a turn.
    for (let count = 0; count < this.story.retried() / 3 + 1; count++) await this.look("details");
    this.now += 25 * 3_600_000;
    await this.look("changes");
    await this.#readHistory();
  }

  async #readHistory(): Promise<void> {
    while ((await this.look("history")) === "more");
  }

  async ledgerHas() {
    const { name } = this.environment;
    const [runs, attempts, tasks, glueRuns] = [
      await ledger().select().from(schema.run).where(eq(schema.run.environment, name)),
      await ledger().select().from(schema.attempt).where(eq(schema.attempt.environment, name)),
      await ledger().select().from(schema.ecsTask).where(eq(schema.ecsTask.environment, name)),
      await ledger().select().from(schema.glueRun).where(eq(schema.glueRun.environment, name)),
    ];
    const here = new Set(runs.filter((run) => !run.isGone).map((run) => `${run.pipeline}/${run.runId}`));
    const ofRunsHere = attempts.filter((row) => here.has(`${row.pipeline}/${row.runId}`));
    return {
      runs: runs
        .filter((run) => !run.isGone)
        .map((run) => `${run.pipeline}/${run.runId} ${run.state}`)
        .sort(),
      attempts: ofRunsHere.map((row) => `${row.runId}/${row.taskId} ${row.tryNumber} ${row.state}${row.isLatest ? " latest" : ""}`).sort(),
      containers: tasks.map((task) => `${task.taskArn} ${task.lastStatus}`).sort(),
      glueRuns: glueRuns.map((run) => `${run.jobRunId} ${run.state}`).sort(),
    };
  }
}

it("misses nothing and doubles nothing, whatever moves, fails or takes over meanwhile", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(past, { maxLength: 20 }),
      fc.array(step, { minLength: 10, maxLength: 40 }),
      skew,
      fc.boolean(),
      async (before, steps, skewMs, isUnordered) => {
        const world = new World(skewMs, isUnordered);
        for (const { happening, pauseMs } of before) {
          world.story.tell(happening);
          world.now += pauseMs;
        }
        await world.begin();
        for (const each of steps) {
          if ("happening" in each) world.story.tell(each.happening);
          else if ("pauseMs" in each) await world.pause(each.pauseMs);
          else if ("skewMs" in each) world.skewMs = each.skewMs;
          else await world.look(each.look, each.trouble, [...each.meanwhile]);
        }
        await world.rest();
        expect(await world.ledgerHas()).toEqual(world.story.whatIsThere());
      },
    ),
    { numRuns: 12, endOnFailure: true },
  );
}, 240_000);
