import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderToStaticMarkup } from "react-dom/server";
import { beforeEach, expect, test } from "vitest";
import { ApiError, unreachable } from "@/lib/queries/api";
import { attemptQueries } from "@/lib/queries/attempts";
import type { Attempt, AttemptDetail } from "@/lib/schemas/attempt";
import { AttemptDetails } from "./attempt-details";

const attempt = {
  id: "a1",
  state: "success",
  kind: "ecs",
  tryNumber: 1,
  maxTries: 1,
  operator: null,
  queuedAt: null,
  startedAt: null,
  endedAt: null,
  ecsTask: {
    taskArn: "arn:aws:ecs:eu-west-1:123456789012:task/penstock/1",
    taskDefinition: "extractor:1",
    joinedBy: "join_key",
    cpuUnits: 512,
    memoryMib: 1024,
  },
  glueRun: { jobName: "load", jobRunId: "jr_1", state: "SUCCEEDED", attempt: 0, joinedBy: "join_key" },
} as unknown as Attempt;
const { queryKey } = attemptQueries.detail(attempt.id);
const refusal = new ApiError({
  ...unreachable,
  status: 503,
  detail: "The ledger does not answer",
  system: "ledger",
  remedy: "Bring it back",
});

let client: QueryClient;
beforeEach(() => {
  client = new QueryClient({ defaultOptions: { queries: { retryOnMount: false, staleTime: Number.POSITIVE_INFINITY } } });
});

function fail() {
  client.getQueryCache().build(client, { queryKey }).setState({ status: "error", error: refusal, fetchStatus: "idle" });
}

function panels(): Record<string, string> {
  const page = document.createElement("div");
  page.innerHTML = renderToStaticMarkup(
    <QueryClientProvider client={client}>
      <AttemptDetails attempt={attempt} />
    </QueryClientProvider>,
  );
  return Object.fromEntries([...page.querySelectorAll("section")].map((each) => [each.querySelector("h2")?.textContent, each.textContent]));
}

test("what is still being read says so", () => {
  expect(panels()["Size and use"]).toContain("reading");
  expect(panels().Spark).toContain("reading");
});

test("what cannot be read says why, and not that it is being read", () => {
  fail();
  const said = panels();
  for (const panel of ["Size and use", "What it ran", "Spark"]) {
    expect(said[panel]).toContain("cannot be read now: The ledger does not answer. Bring it back.");
    expect(said[panel]).not.toContain("reading");
  }
});

test("what was read before stays, with its age", () => {
  client.setQueryData(queryKey, {
    attempt,
    container: { containers: [], usage: { notCollected: "turn on Container Insights" }, comparison: null, logGroup: null, logStream: null },
    spark: null,
    failure: null,
    notes: [],
    lastGood: null,
    tries: [],
    loads: [],
    place: {
      region: "eu-west-1",
      mwaaName: null,
      webserverUrl: null,
      airflowVersion: null,
      publicUrl: "http://localhost",
      isAt: "aws",
      endpointUrl: null,
      logs: [],
    },
    asOf: "2026-11-22T06:15:00.000Z",
    sources: [],
  } as AttemptDetail);
  expect(panels()["Size and use"]).not.toContain("Last answer");
  fail();
  expect(panels()["Size and use"]).toContain("not collected: turn on Container Insights");
  expect(panels()["Size and use"]).toContain("Last answer");
  expect(panels()["Size and use"]).not.toContain("cannot be read now");
});
