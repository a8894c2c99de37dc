import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Failure } from "@/lib/schemas/attempt";
import type { FailureContext } from "@/lib/schemas/failure-context";
import type { RunDetail } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { SessionProvider } from "@/lib/session";
import { RunHeader } from "./run-header";
import { NoteButton } from "./run-notes";

const minute = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * minute).toISOString();
const coming = (minutes: number) => ago(-minutes);

const failure: Failure = {
  attemptId: "a1",
  taskId: "load",
  tryNumber: 2,
  class: "database_lock",
  title: "Blocked by another session",
  system: "PostgreSQL",
  doesRetryHelp: "yes",
  retryReason: "The lock may be gone.",
  advice: "Find who holds it.",
  facts: [],
  evidence: [],
  isReadingLog: false,
};
const none = { count: 0, isMore: false };
const context: FailureContext = { days: 90, here: none, anywhere: none, last: null, note: null, alike: 0, others: [], othersCount: 0 };

const run = {
  environment: "prod",
  pipeline: "sales_daily",
  runId: "r1",
  state: "running",
  type: "scheduled",
  logicalDate: null,
  dataIntervalStart: "2026-11-21T00:00:00Z",
  dataIntervalEnd: "2026-11-22T00:00:00Z",
  runAfter: null,
  queuedAt: null,
  startedAt: ago(10),
  endedAt: null,
  durationMs: null,
  usual: { count: 50, p50Ms: 20 * minute, p90Ms: 30 * minute, p95Ms: 32 * minute },
  triggeredBy: null,
  triggerReason: "the shop sent late",
  taskCounts: { total: 5, done: 3, failed: 0 },
  costUsd: null,
  cost: { usd: null, isEstimate: false, unknownCount: 0, asOf: null },
  failure: null,
  tables: ["sales.orders", "sales.customers", "sales.lines"],
  note: null,
  isGone: false,
  dagVersion: "3",
};
const trial = { ends: 1240, held: 1004, pipelines: 56, measuredAt: ago(60) };
const stage = { kind: "task_started" as const, taskId: "load" };
const running = {
  run,
  failure: null,
  failureContext: null,
  attempts: [],
  folded: [],
  notes: [],
  eta: { eta: { p10At: coming(8), p50At: coming(12), p90At: coming(30), count: 41, stage }, missing: null, trial },
} as unknown as RunDetail;
const failedRun = { ...run, state: "failed", endedAt: ago(0), durationMs: 10 * minute, taskCounts: { total: 5, done: 3, failed: 1 } };
const failed = { ...running, run: failedRun, failure, failureContext: context, eta: null } as unknown as RunDetail;

let root: Root;
let page: HTMLElement;
beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  page = document.body.appendChild(document.createElement("div"));
  root = createRoot(page);
});
afterEach(() => {
  act(() => root.unmount());
  page.remove();
  vi.unstubAllGlobals();
});

const user = (role: User["role"]): User => ({ id: "demo:oskar", name: "Oskar Lind", role });

function show(detail: RunDetail, role: User["role"] = "operator") {
  act(() =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <SessionProvider user={user(role)}>
          <RunHeader detail={detail} cost="$0.29" asOf="now" />
          <NoteButton run={detail.run} />
        </SessionProvider>
      </QueryClientProvider>,
    ),
  );
}

const text = (selector = "*") => (page.querySelector(selector) ?? page).textContent ?? "";
const whole = () => page.textContent ?? "";
const fact = (name: string) =>
  [...page.querySelectorAll("dt")].find((each) => each.textContent === name)?.nextElementSibling?.textContent ?? "";

test("a running run tells when it ends, how that is known and how often it held", () => {
  show(running);
  expect(fact("Ends")).toMatch(/^about \d\d:\d\d \(\d\d:\d\d to \d\d:\d\d\)How this is estimated/);
  expect(fact("Ends")).toContain("41 runs that had begun load");
  expect(fact("Ends")).toContain("Held 81 % of 1,240 ends of 56 pipelines here");
  expect(fact("Duration against usual")).toContain("usual 20 m 00 s to 30 m 00 s");
  expect(fact("DAG version")).toBe("3");
  expect(fact("Tables written")).toBe("sales.ordersand 2 more");
  expect(fact("Started by")).toContain("“the shop sent late”");
});

test("where nothing can be said of the end, it says why", () => {
  show({ ...running, eta: { eta: null, missing: "few_runs", trial: null } });
  expect(fact("Ends")).toContain("too few runs to tell");
  expect(fact("Ends")).toContain("has not been measured yet");
});

test("a failure that happens while one watches waits behind its line, is announced, and moves nothing until it is asked for", () => {
  show(running);
  const names = () => [...page.querySelectorAll("dt")].map((each) => each.textContent?.replace(/^Ends$|^Ended$/, "End"));
  const before = names();
  const announced = () => text("[aria-label='State of the run']");
  expect(announced()).toBe("");
  show(failed);
  expect(names()).toEqual(before);
  expect(page.querySelector("[aria-label='Why it failed']")).toBeNull();
  expect(announced()).toBe("Run of sales_daily: Failed: load, Blocked by another session, 1 of 5 tasks failed.");
  const open = [...page.querySelectorAll("button")].find((button) => button.textContent === "Show what proves it");
  act(() => open?.click());
  expect(text("[aria-label='Why it failed']")).toContain("Blocked by another session");
});

test("a run that had failed before shows at once what broke, whether it was seen before, and what else failed", () => {
  const last = {
    runId: "r0",
    tryNumber: 1,
    mapIndex: -1,
    failedAt: ago(60 * 24 * 7),
  };
  const note = { ...last, text: "Kill the BI session", author: "Marta Ruiz" };
  const others = [{ attemptId: "a2", taskId: "mail", tryNumber: 1, mapIndex: 3, class: "source_credentials" as const, title: "" }];
  show({
    ...failed,
    failureContext: {
      ...context,
      here: { count: 3, isMore: false },
      anywhere: { count: 12, isMore: false },
      last,
      note,
      others,
      othersCount: 5,
      alike: 2,
    },
  });
  const card = text("[aria-label='Why it failed']");
  expect(card).toContain("Running it again may help.");
  expect(card).toContain("first failure of the run");
  expect(card).toContain("Seen in 3 runs before on this task in 90 days");
  expect(card).toContain("Marta Ruiz wrote: Kill the BI session");
  expect(card).toContain("In all, 12 runs of prod failed this way in that time.");
  expect(card).toContain("2 more tasks failed the same way.");
  expect(card).toContain("And 5 more failed for other reasons: mail[3] (source credentials), 4 more below.");
  show({ ...failed, failureContext: { ...context, here: { count: 3, isMore: false }, last, note: { ...note, runId: "r-1" } } });
  expect(text("[aria-label='Why it failed']")).toMatch(/That run\s+After that of .*, Marta Ruiz wrote: Kill the BI session/);
  show(failed);
  expect(text("[aria-label='Why it failed']")).toContain("Not seen before on this task in 90 days.");
});

test("notes say who wrote them; Airflow's is told as Airflow's; only the author can change one", () => {
  const note = {
    id: "n1",
    attemptId: null,
    authorId: "demo:oskar",
    author: "Oskar Lind",
    text: "mine",
    writtenAt: ago(5),
    changedAt: null,
    earlier: [],
  };
  const detail = {
    ...failed,
    run: { ...failed.run, note: "from the UI" },
    notes: [note, { ...note, id: "n2", authorId: "x", author: "Marta Ruiz" }],
  };
  show(detail);
  expect(text("[aria-label='Notes']")).toContain("“from the UI” note in Airflow");
  expect([...page.querySelectorAll("[aria-label='Notes'] button")]).toHaveLength(1);
  show(detail, "viewer");
  expect([...page.querySelectorAll("[aria-label='Notes'] button")]).toHaveLength(0);
  show({ ...failed, run: { ...failed.run, note: "Started from Penstock by Oskar Lind: again" } });
  expect(page.querySelector("[aria-label='Notes']"), "Penstock repeats nothing of its own").toBeNull();
});

test("who may not write notes reads why at the button", () => {
  show(failed, "viewer");
  const button = [...page.querySelectorAll("button")].find((each) => each.textContent?.includes("Note"));
  expect(button?.getAttribute("aria-disabled")).toBe("true");
  expect(button?.textContent).toContain("Needs the role operator or higher");
  expect(whole()).not.toContain("What should the next person know?");
});
