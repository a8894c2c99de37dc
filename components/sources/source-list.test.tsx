import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { sourceQueries } from "@/lib/queries/status";
import { SourceList } from "./source-list";

const item = {
  environment: "prod",
  system: "ecs" as const,
  lastAttemptAt: null,
  callsLastHour: null,
  lagMs: null,
  operations: [],
  budgetPerSecond: null,
  budgetShare: null,
};

test("a source that fails now shows when it was last read, why, and what to do", () => {
  const client = new QueryClient();
  client.setQueryData(sourceQueries.list().queryKey, {
    items: [
      {
        ...item,
        name: "ecs",
        state: "ok",
        asOf: "2026-11-22T06:15:00.000Z",
        reason: "ecs (prod): access denied: not authorized to perform ecs:ListTasks",
        remedy: "Grant Penstock's role this permission.",
      },
    ],
    nextCursor: null,
    environments: [{ name: "prod", isSample: false, since: null }],
    asOf: "2026-11-22T06:15:10.000Z",
    sources: [],
  });
  const page = document.createElement("div");
  page.innerHTML = renderToStaticMarkup(
    <QueryClientProvider client={client}>
      <SourceList />
    </QueryClientProvider>,
  );
  const row = page.querySelector("section li")?.textContent ?? "";
  expect(page.querySelector("h2")?.textContent).toBe("Where this comes from");
  expect(row).toContain("Current, as of");
  expect(row).toContain("not authorized to perform ecs:ListTasks");
  expect(row).toContain("Grant Penstock's role this permission.");
});
