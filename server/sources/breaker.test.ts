import { beforeEach, expect, it, vi } from "vitest";
import type { AppError } from "@/server/errors";
import { log } from "@/server/log";
import { type Budget, call, forgetCalls } from "./call";

const budget = (environment: string): Budget => ({ environment, source: "glue", purpose: "poll", perSecond: 1_000, burst: 1_000 });
const named = (name: string, message = "refused") => Object.assign(new Error(message), { name });
const ask = (work: () => Promise<unknown>, environment = "prod") =>
  call(budget(environment), work, { operation: "glue:GetJobRun" }).then(
    (answer) => answer,
    (error: AppError) => error.message,
  );

beforeEach(() => {
  log.level = "silent";
  forgetCalls();
  vi.spyOn(Math, "random").mockReturnValue(-0.95);
});

it.each([
  ["AccessDeniedException", "not authorized to perform: glue:GetJobRun"],
  ["EntityNotFoundException", "Job Run not found"],
  ["ValidationException", "not valid"],
])("%s for one thing, however often, keeps nothing else from being asked", async (name, message) => {
  const refuse = vi.fn(() => Promise.reject(named(name, message)));
  for (let turn = 0; turn < 10; turn++) expect(await ask(refuse)).toContain(message);
  // Each once: to ask again would not help.
  expect(refuse).toHaveBeenCalledTimes(10);
  expect(await ask(async () => "answer")).toBe("answer");
});

it.each([
  ["ServiceUnavailable", "temporarily unavailable"],
  ["ExpiredTokenException", "The security token is expired"],
  ["AccessDenied", "not authorized to perform: sts:AssumeRole on role penstock"],
])("%s is about everything: the system is left alone", async (name, message) => {
  const fail = vi.fn(() => Promise.reject(named(name, message)));
  for (let turn = 0; turn < 10; turn++) expect(await ask(fail)).toContain(message);
  expect(fail.mock.calls.length).toBeLessThan(8);
});

it("a system that hangs holds sixteen requests, who comes then is told at once, and no other environment waits", async () => {
  let answer = (_: string) => {};
  const hang = () =>
    new Promise<string>((done) => {
      const before = answer;
      answer = (text) => {
        before(text);
        done(text);
      };
    });
  const asked = Array.from({ length: 16 }, () => ask(hang));
  expect(await ask(hang)).toBe("16 requests to glue (prod) have no answer yet");
  expect(await ask(async () => "answer", "other")).toBe("answer");
  answer("late");
  expect(new Set(await Promise.all(asked))).toEqual(new Set(["late"]));
  expect(await ask(async () => "answer")).toBe("answer");
});
