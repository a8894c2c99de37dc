import { describe, expect, it } from "vitest";
import type { PipelineTask } from "./schemas/structure";
import { type Waiting, type WaitingTask, whyWaiting } from "./why-queued";

const now = Date.UTC(2026, 10, 22, 8, 30);
const minute = 60_000;

const declared = (taskId: string, more: Partial<PipelineTask> = {}): PipelineTask => ({
  taskId,
  label: taskId,
  operator: "EmptyOperator",
  groupId: null,
  upstream: [],
  isMapped: false,
  pool: "default_pool",
  poolSlots: 1,
  retries: 0,
  triggerRule: "all_success",
  ...more,
});
const waits = (taskId: string, state: WaitingTask["state"], more: Partial<WaitingTask> = {}): WaitingTask => ({
  taskId,
  state,
  since: now - 12 * minute,
  container: null,
  glue: null,
  ...more,
});
const beat = (state: "healthy" | "unhealthy", agoMs: number) => ({
  facts: [{ part: "scheduler" as const, state, at: new Date(now - agoMs).toISOString() }],
  readAt: now,
});
const pool = (occupied: number, scheduled: number, slots: number | null = 4) => ({
  facts: [{ name: "default_pool", slots, occupied, running: occupied, queued: 0, scheduled }],
  readAt: now,
});
/** A run in which all is well, and nothing waits. */
const about = (more: Partial<Waiting> = {}): Waiting => ({
  now,
  state: "running",
  isPaused: false,
  maxActiveRuns: 2,
  maxActiveTasks: 16,
  activeRuns: [],
  activeTasks: 1,
  waiting: [],
  states: new Map([["extract", ["running"]]]),
  notYetInRunBefore: new Set(),
  tasks: [declared("extract"), declared("load", { upstream: ["extract"] })],
  pools: pool(1, 0),
  poolUsers: new Map(),
  heartbeats: beat("healthy", 5_000),
  ...more,
});
const textOf = (sentence: { text: string }[]) => sentence.map(({ text }) => text).join("");
const firstOf = (waiting: Waiting) => {
  const [first] = whyWaiting(waiting).reasons;
  if (!first) throw new Error("nothing waits");
  return { ...first, text: textOf(first.text) };
};

it("says so when nothing waits", () => {
  expect(whyWaiting(about())).toEqual({ sentence: [{ text: "Nothing of this run waits." }], reasons: [] });
});

describe("a run that is queued", () => {
  const queued = (more: Partial<Waiting>) => about({ state: "queued", ...more });

  it("is of a paused pipeline", () => {
    expect(firstOf(queued({ isPaused: true }))).toMatchObject({ kind: "paused", text: expect.stringMatching(/is paused/) });
  });

  it("waits for runs before it, which are named", () => {
    const found = firstOf(queued({ activeRuns: ["scheduled__1", "manual__2"] }));
    expect(found).toMatchObject({ kind: "active_runs", taskId: null, text: expect.stringContaining("scheduled__1, manual__2") });
    expect(found.evidence).toContainEqual({ name: "max_active_runs", value: "2" });
    expect(firstOf(queued({ activeRuns: ["scheduled__1"] })).kind).toBe("unknown");
  });

  it("is not started by a scheduler that is dead, or says nothing any more", () => {
    expect(firstOf(queued({ heartbeats: beat("unhealthy", 5_000) })).kind).toBe("scheduler");
    expect(firstOf(queued({ heartbeats: beat("healthy", 10 * minute) }))).toMatchObject({
      kind: "scheduler",
      text: expect.stringContaining("10 min"),
    });
  });

  it("is unknown with what was checked, and with what is not known", () => {
    const found = firstOf(queued({ maxActiveRuns: null, heartbeats: null }));
    expect(found.kind).toBe("unknown");
    expect(found.evidence).toEqual([
      { name: "paused", value: "no" },
      { name: "scheduler", value: "not known" },
      { name: "runs at work", value: "0" },
      { name: "max_active_runs", value: "not known" },
    ]);
  });
});

describe("a task that is not at work", () => {
  it("waits for what is before it", () => {
    const found = firstOf(about({ waiting: [waits("load", "none")] }));
    expect(found).toMatchObject({
      kind: "dependency",
      taskId: "load",
      text: "load waits for extract.",
      evidence: [{ name: "extract", value: "running" }],
    });
  });

  it("waits for every instance of a mapped task before it", () => {
    const states: Waiting["states"] = new Map([["extract", ["success", "queued", "success"]]]);
    expect(firstOf(about({ waiting: [waits("load", "none")], states })).evidence).toEqual([{ name: "extract", value: "success, queued" }]);
  });

  it("waits for itself in the run before", () => {
    const tasks = [declared("extract", { dependsOnPast: true })];
    const waiting = [waits("extract", "none")];
    expect(firstOf(about({ tasks, waiting, notYetInRunBefore: new Set(["extract"]) }))).toMatchObject({
      kind: "dependency",
      taskId: "extract",
    });
    expect(firstOf(about({ tasks, waiting })).kind).toBe("unknown");
  });

  it("waits for a slot of a pool, whose users are named", () => {
    const poolUsers = new Map([["default_pool", [{ name: "erp_orders scheduled__1", count: 3 }]]]);
    const found = firstOf(about({ waiting: [waits("extract", "scheduled")], pools: pool(4, 2), poolUsers }));
    expect(found).toMatchObject({ kind: "pool", taskId: "extract", text: expect.stringContaining("erp_orders scheduled__1 (3)") });
    expect(found.text).toContain("default_pool: 4 of 4 slots");
  });

  it("waits for more slots than one that is free", () => {
    const tasks = [declared("extract", { poolSlots: 2 })];
    expect(firstOf(about({ tasks, waiting: [waits("extract", "scheduled")], pools: pool(3, 1) })).kind).toBe("pool");
  });

  it("waits as the pipeline allows no more tasks at once", () => {
    expect(firstOf(about({ waiting: [waits("extract", "scheduled")], activeTasks: 16 })).kind).toBe("concurrency");
  });

  it("waits for a worker once it has its slot, however full the pool", () => {
    const found = firstOf(about({ waiting: [waits("extract", "queued")], pools: pool(4, 0) }));
    expect(found).toMatchObject({ kind: "capacity", text: expect.stringContaining("12 min") });
  });

  it("of a pool without a limit waits for no slot", () => {
    expect(firstOf(about({ waiting: [waits("extract", "scheduled")], pools: pool(400, 9, null) })).kind).toBe("unknown");
  });

  it("is unknown where the pipeline's tasks are not", () => {
    const found = firstOf(about({ tasks: null, pools: null, waiting: [waits("load", "none")] }));
    expect(found).toMatchObject({ kind: "unknown", taskId: "load" });
    expect(found.evidence).toContainEqual({ name: "pool", value: "not known" });
  });
});

describe("a task that Airflow has begun", () => {
  const containerOf = (lastStatus: string, more = {}) => ({
    lastStatus,
    capacityProvider: "FARGATE",
    stoppedReason: null,
    createdAt: now - 3 * minute,
    ...more,
  });

  it("waits for its container", () => {
    expect(firstOf(about({ waiting: [waits("extract", "running", { container: containerOf("PROVISIONING") })] }))).toMatchObject({
      kind: "container",
      text: "extract: AWS is looking for a place for its container, for 3 min so far.",
    });
    expect(whyWaiting(about({ waiting: [waits("extract", "running", { container: containerOf("RUNNING") })] })).reasons).toEqual([]);
  });

  it("waits for capacity that AWS does not have", () => {
    const container = containerOf("PENDING", { capacityProvider: "FARGATE_SPOT", stoppedReason: "Capacity is unavailable at this time" });
    expect(firstOf(about({ waiting: [waits("extract", "deferred", { container })] }))).toMatchObject({
      kind: "capacity",
      remedy: expect.stringContaining("Spot"),
    });
  });

  it("waits for Glue's limits, or for its workers", () => {
    const of = (state: string) =>
      firstOf(about({ waiting: [waits("load", "running", { glue: { jobName: "sales_load", state, stateDetail: null } })] }));
    expect(of("WAITING")).toMatchObject({ kind: "capacity", text: expect.stringContaining("sales_load") });
    expect(of("STARTING").kind).toBe("container");
  });
});

it("what is sure comes before what follows from it, and the instances of a task are told once", () => {
  const waiting = [waits("load", "none"), ...Array.from({ length: 5_000 }, () => waits("extract", "scheduled"))];
  const { sentence, reasons } = whyWaiting(about({ waiting, pools: pool(4, 2) }));
  expect(reasons.map(({ kind, taskId }) => [kind, taskId])).toEqual([
    ["pool", "extract"],
    ["dependency", "load"],
  ]);
  expect(textOf(sentence)).toMatch(/^extract waits for the pool default_pool.* 1 other task waits\.$/);
});
