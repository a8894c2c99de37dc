import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { configure } from "@/server/testing/configuration";
import { clientFor, closeClients, forgetClients, renewCredentials } from "./aws";

const environment = { name: "prod", region: "eu-west-1", mwaa: "prod", ecs: [], glue: [] };
const other = { ...environment, name: "other" };
const middlewareStack = { add: () => undefined, addRelativeTo: () => undefined };
const made = (of = environment) => clientFor("ecs", of, "read", () => ({ middlewareStack, destroy: vi.fn() }));

beforeEach(() => {
  configure({ environments: [environment, other] });
  forgetClients();
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  vi.advanceTimersByTime(100_000);
});
afterEach(() => vi.useRealTimers());

it("a client that is replaced keeps its sockets while a request may be under way, and then no more", () => {
  const [before, neighbour] = [made(), made(other)];
  expect(made()).toBe(before);
  expect(renewCredentials("prod", performance.now())).toBe(true);
  expect(made()).not.toBe(before);
  vi.advanceTimersByTime(10_000);
  expect(before.destroy).not.toHaveBeenCalled();
  vi.advanceTimersByTime(30_000);
  expect(before.destroy).toHaveBeenCalledOnce();
  expect([made().destroy, neighbour.destroy].map((each) => each.mock.calls.length)).toEqual([0, 0]);
});

it("closing closes the sockets of every client", () => {
  const clients = [made(), made(other)];
  closeClients();
  for (const { destroy } of clients) expect(destroy).toHaveBeenCalledOnce();
});
