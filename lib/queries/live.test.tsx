import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pollInterval, useLive, useStream } from "./live";

const quiet = { isBroken: false, isPending: false, unchangedForMs: 0 };

test("what is pushed is asked for seldom, what is pending often, and the rest less and less while nothing changes", () => {
  expect(pollInterval({ ...quiet, connection: "live" })).toBe(30_000);
  expect(pollInterval({ ...quiet, connection: "live", isPending: true })).toBe(10_000);
  expect(pollInterval({ ...quiet, connection: "down", isPending: true })).toBe(3_000);
  expect(pollInterval({ ...quiet, connection: "down" })).toBe(10_000);
  expect(pollInterval({ ...quiet, connection: "down", unchangedForMs: 80_000 })).toBe(20_000);
  expect(pollInterval({ ...quiet, connection: "down", unchangedForMs: 3_600_000 })).toBe(60_000);
  expect(pollInterval({ ...quiet, connection: "live", isBroken: true })).toBe(5_000);
});

test("nobody asks once the sign-in has ended", () => {
  expect(pollInterval({ ...quiet, connection: "signed_out", isPending: true, isBroken: true })).toBe(false);
});

class FakeSource {
  static opened: FakeSource[] = [];
  readyState = 0;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  readonly listeners = new Map<string, (event: { data: string }) => void>();
  constructor() {
    FakeSource.opened.push(this);
  }
  addEventListener(type: string, listener: (event: { data: string }) => void) {
    this.listeners.set(type, listener);
  }
  close() {}
}

let reads: Record<string, number>;
function useRead(key: string[]) {
  return useLive({
    queryKey: key,
    queryFn: async () => {
      const [resource = ""] = key;
      reads[resource] = (reads[resource] ?? 0) + 1;
      return { asOf: "" };
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
function Screen() {
  useStream();
  useRead(["runs", "list"]);
  useRead(["tables"]);
  return null;
}

let unmount: () => void;
beforeEach(async () => {
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  FakeSource.opened = [];
  reads = {};
  const root = createRoot(document.createElement("div"));
  await act(async () =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <Screen />
      </QueryClientProvider>,
    ),
  );
  unmount = () => act(() => root.unmount());
});
afterEach(() => {
  unmount();
  vi.unstubAllGlobals();
});

test("each (re)connect makes everything on screen ask again, a pushed key just what it names", async () => {
  await vi.waitFor(() => expect(FakeSource.opened).toHaveLength(1));
  const [source] = FakeSource.opened;
  expect(reads).toEqual({ runs: 1, tables: 1 });
  await act(async () => source?.onopen?.());
  expect(reads).toEqual({ runs: 2, tables: 2 });
  await act(async () => source?.listeners.get("change")?.({ data: '["runs"]' }));
  expect(reads).toEqual({ runs: 3, tables: 2 });
  await act(async () => source?.onerror?.());
  await act(async () => source?.onopen?.());
  expect(reads).toEqual({ runs: 4, tables: 3 });
});
