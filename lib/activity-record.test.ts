import { expect, test } from "vitest";
import { happeningOf, settled } from "./activity-record";
import type { ActivityEvent } from "./schemas/activity";

const event = (seq: number, outcome: ActivityEvent["outcome"], intentId: string | null): ActivityEvent => ({
  seq,
  at: "2026-11-24T08:00:00.000Z",
  userId: "u",
  userName: "Olga",
  role: "operator",
  action: "run.rerun",
  target: "prod/orders/scheduled__1",
  reason: null,
  outcome,
  detail: null,
  intentId,
});

test("an outcome speaks for its intent, in whichever order they are told; what was refused had none", () => {
  const [written, done] = [event(1, "intended", "a"), event(3, "done", "a")];
  const refused = event(4, "denied", null);
  const open = event(2, "intended", "b");
  expect(settled([refused, done, open, written])).toEqual([refused, done, open]);
  expect(settled([written, done])).toEqual([done]);
});

test("an outcome is found in its intent's place; what has none is itself alone", () => {
  expect(happeningOf(event(3, "done", "a"))).toBe(happeningOf(event(1, "intended", "a")));
  expect(happeningOf(event(4, "denied", null))).not.toBe(happeningOf(event(5, "denied", null)));
});
