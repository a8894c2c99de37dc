import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { NuqsTestingAdapter } from "nuqs/adapters/testing";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NowProvider } from "@/lib/format/now";
import { ZoneProvider } from "@/lib/format/zone";
import { attemptQueries } from "@/lib/queries/attempts";
import type { LogLine, LogPage } from "@/lib/schemas/attempt";
import { actionOf } from "@/lib/use-shortcut";
import { LogViewer } from "./log-viewer";

vi.mock("next/navigation", () => ({ useRouter: () => ({ push: () => undefined }), useSearchParams: () => new URLSearchParams() }));

const at = "2026-11-22T12:00:00.000Z";
const lines = ["started", "lost the source", "tried again", "lost it again"].map(
  (text, index): LogLine => ({
    id: `${index}`,
    at,
    source: "container",
    stream: "extractor/1",
    level: text.startsWith("lost") ? "error" : "info",
    text,
  }),
);
const page: LogPage = { asOf: at, sources: [], lines, streams: [], nextCursor: null, isComplete: true };
let answer: (response: Response) => void;
let root: Root;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => (answer = resolve)));
  Element.prototype.scrollTo = () => undefined;
  const client = new QueryClient();
  client.setQueryData(attemptQueries.opening("a1").queryKey, {
    lines: lines.slice(1, 3).map((line, index) => ({ line, number: index + 2 })),
    bySource: [["container", 4]],
    byLevel: [["error", 2]],
  });
  root = createRoot(document.body.appendChild(document.createElement("div")));
  act(() =>
    root.render(
      <QueryClientProvider client={client}>
        <NuqsTestingAdapter>
          <NowProvider at={Date.parse(at)}>
            <ZoneProvider initial="UTC">
              <LogViewer attemptId="a1" href="/runs" isRunning={false} hasFailed />
            </ZoneProvider>
          </NowProvider>
        </NuqsTestingAdapter>
      </QueryClientProvider>,
    ),
  );
});
afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  vi.unstubAllGlobals();
});

const said = () => document.body.textContent ?? "";
const isRead = () =>
  vi.waitFor(async () => {
    await act(async () => undefined);
    expect(said()).toContain("4 events in CloudWatch");
  });

test("lines that came with the page stand there, with their numbers, until the log is read", async () => {
  expect(said()).toContain("lost the source");
  expect(said()).toContain("Reading the log");
  await act(async () => answer(Response.json(page)));
  await isRead();
  expect(said()).not.toContain("Reading the log");
  expect(said()).toContain("error 2");
});

test("the key for the next error counts before the log is read", async () => {
  act(() => actionOf("next-error")?.());
  await act(async () => answer(Response.json(page)));
  await isRead();
  expect(said()).toContain("error 1 of 2");
  act(() => actionOf("next-error")?.());
  expect(said()).toContain("error 2 of 2");
});
