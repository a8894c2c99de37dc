import { expect, it } from "vitest";
import type { Attempt, EcsTask } from "@/lib/schemas/attempt";
import { phasesOf } from "./phases";

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22, 6) + seconds * 1000).toISOString();
const now = Date.UTC(2026, 10, 22, 6, 10);
const none = { createdAt: null, pullStartedAt: null, pullStoppedAt: null, startedAt: null, stoppingAt: null, executionStoppedAt: null };
const attempt = (changes: Partial<Attempt>, task?: Partial<EcsTask>): Attempt =>
  ({
    state: "success",
    queuedAt: at(0),
    startedAt: at(5),
    endedAt: at(120),
    glueRun: null,
    ...changes,
    ecsTask: task ? { lastStatus: "STOPPED", ...none, stoppedAt: null, ...task } : null,
  }) as Attempt;
const told = (given: Attempt) =>
  phasesOf(given, now).map(({ name, ms, isOpen }) => [name, ms === null ? null : ms / 1000, ...(isOpen ? ["open"] : [])]);

const whole = {
  createdAt: at(8),
  pullStartedAt: at(20),
  pullStoppedAt: at(45),
  startedAt: at(47),
  stoppingAt: at(101),
  executionStoppedAt: at(100),
  stoppedAt: at(115),
};

it("tells each part of a container's time, and they add up to the whole", () => {
  expect(told(attempt({}, whole))).toEqual([
    ["Queued in Airflow", 5],
    ["Airflow's worker", 3],
    ["Provisioning", 12],
    ["Image pull", 25],
    ["Start", 2],
    ["Ran", 53],
    ["Stopping", 15],
  ]);
});

it("counts the part that goes on up to now", () => {
  const running = { ...whole, lastStatus: "RUNNING", stoppingAt: null, executionStoppedAt: null, stoppedAt: null };
  expect(told(attempt({ state: "running", endedAt: null }, running)).at(-1)).toEqual(["Ran", 553, "open"]);
  const waiting = { ...none, lastStatus: "PROVISIONING", createdAt: at(8) };
  expect(told(attempt({ state: "running", endedAt: null }, waiting)).at(-1)).toEqual(["Provisioning", 592, "open"]);
  expect(told(attempt({ state: "queued", startedAt: null, endedAt: null }))).toEqual([["Queued in Airflow", 600, "open"]]);
});

it("says unknown of what ECS did not tell, never nothing and never zero", () => {
  expect(told(attempt({}, { ...whole, pullStoppedAt: null }))).toContainEqual(["Image pull", null]);
  expect(told(attempt({}, { ...whole, executionStoppedAt: null, stoppingAt: null, stoppedAt: null }))).toContainEqual(["Ran", null]);
  expect(told(attempt({ queuedAt: null }))[0]).toEqual(["Queued in Airflow", null]);
});

it("has no part that a container never came to", () => {
  const neverPulled = { createdAt: at(8), stoppingAt: at(60), stoppedAt: at(62) };
  expect(told(attempt({ state: "failed" }, neverPulled))).toEqual([
    ["Queued in Airflow", 5],
    ["Airflow's worker", 3],
    ["Provisioning", 52],
    ["Stopping", 2],
  ]);
  const neverStarted = { ...neverPulled, pullStartedAt: at(20) };
  expect(told(attempt({ state: "failed" }, neverStarted))).toContainEqual(["Image pull", 40]);
});

it("tells a Glue run's and a plain task's", () => {
  const glueRun = { startedAt: at(10), completedAt: at(90), missingSince: null } as Attempt["glueRun"];
  expect(told(attempt({ glueRun }))).toEqual([
    ["Queued in Airflow", 5],
    ["Airflow's worker", 5],
    ["Glue run", 80],
  ]);
  expect(told(attempt({}))).toEqual([
    ["Queued in Airflow", 5],
    ["Ran", 115],
  ]);
});
