import { expect, it } from "vitest";
import { judgeSource } from "./health";

const now = new Date("2026-11-22T06:15:00Z");
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000);
const row = {
  environment: "prod",
  source: "ecs",
  succeededAt: ago(10),
  attemptedAt: ago(1),
  failedSince: null,
  error: null,
  remedy: null,
  remark: null,
  cursor: null,
  callsHour: null,
  calls: 0,
  staleAfterMs: 60_000,
};
const denied = { failedSince: ago(5), error: "ecs (prod): access denied", remedy: "Grant Penstock's role this permission." };

it("says of a source that is still fresh what fails now, and what to do about it", () => {
  expect(judgeSource({ ...row, ...denied }, now)).toEqual({
    name: "ecs",
    environment: "prod",
    state: "ok",
    asOf: ago(10).toISOString(),
    failingSince: ago(5).toISOString(),
    reason: denied.error,
    remedy: denied.remedy,
  });
});

it("calls it failed when its time has passed, stale when it only fell silent, and remarks what is odd while it works", () => {
  const old = { ...row, succeededAt: ago(61) };
  expect(judgeSource({ ...old, ...denied }, now)).toMatchObject({ state: "failed", reason: denied.error, remedy: denied.remedy });
  expect(judgeSource(old, now)).toMatchObject({ state: "stale", reason: expect.stringContaining("Nothing new for") });
  expect(judgeSource({ ...row, remark: "2 runs cannot be read" }, now)).toMatchObject({ state: "ok", reason: "2 runs cannot be read" });
  expect(judgeSource(row, now)).toEqual({ name: "ecs", environment: "prod", state: "ok", asOf: ago(10).toISOString() });
});
