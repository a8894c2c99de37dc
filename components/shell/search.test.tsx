import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NowProvider } from "@/lib/format/now";
import { ZoneProvider } from "@/lib/format/zone";
import type { SearchResult } from "@/lib/schemas/search";
import { SessionProvider } from "@/lib/session";
import { switchSingleKeys } from "@/lib/use-shortcut";
import { Search } from "./search";

const push = vi.fn();
vi.mock("next/navigation", () => ({
  useRouter: () => ({ push }),
  usePathname: () => "/runs",
  useSearchParams: () => new URLSearchParams(),
}));

const found: SearchResult = {
  asOf: "2026-11-22T12:00:00.000Z",
  sources: [],
  tables: [{ environment: "prod", table: "sales.orders", state: "late" }],
  pipelines: [{ environment: "prod", pipeline: "orders", isPaused: false, lastState: "failed" }],
  runs: [],
};
let root: Root;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe() {}
      unobserve() {}
      disconnect() {}
    },
  );
  vi.stubGlobal("requestAnimationFrame", (draw: () => void) => draw());
  vi.stubGlobal("cancelAnimationFrame", () => undefined);
  Element.prototype.scrollIntoView = () => undefined;
  HTMLElement.prototype.showPopover = () => undefined;
  vi.stubGlobal("fetch", async (url: string) =>
    Response.json(url.includes("/api/search") ? found : { ...found, items: [], environments: [] }),
  );
  const place = document.body.appendChild(document.createElement("div"));
  root = createRoot(place);
  act(() =>
    root.render(
      <QueryClientProvider client={new QueryClient()}>
        <NowProvider at={Date.parse(found.asOf)}>
          <ZoneProvider initial="UTC">
            <SessionProvider user={{ id: "demo:vera", name: "Vera", role: "viewer" } as never}>
              <Search />
              <input aria-label="field" />
            </SessionProvider>
          </ZoneProvider>
        </NowProvider>
      </QueryClientProvider>,
    ),
  );
});
afterEach(() => {
  act(() => root.unmount());
  document.body.replaceChildren();
  switchSingleKeys(true);
  push.mockClear();
  vi.unstubAllGlobals();
});

const press = (key: string, more: KeyboardEventInit = {}, target: Element = document.body) =>
  act(() => void target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more })));
/** What is drawn meanwhile is drawn within the act, which a check that fails there would break off. */
const untilItSays = (text: string) =>
  vi.waitFor(
    async () => {
      await act(async () => undefined);
      expect(dialog()?.textContent ?? "").toContain(text);
    },
    { timeout: 10_000 },
  );
const dialog = () => document.querySelector("[role=dialog]");

test("Ctrl-K opens the palette, what is found carries its state, and Enter goes there", async () => {
  press("k", { ctrlKey: true });
  await untilItSays("sales.orders");
  expect(dialog()?.textContent).toContain("Late");
  const field = document.querySelector("[role=combobox]") as HTMLInputElement;
  press("Enter", {}, field);
  expect(push).toHaveBeenCalledWith("/tables/prod/sales.orders");
}, 30_000);

test("keys that are pressed alone lead on, stay out of fields, and can be switched off", () => {
  press("g");
  press("t");
  expect(push).toHaveBeenLastCalledWith("/tables");
  push.mockClear();
  const field = document.querySelector("input") as HTMLInputElement;
  press("g", {}, field);
  press("t", {}, field);
  switchSingleKeys(false);
  press("g");
  press("t");
  expect(push).not.toHaveBeenCalled();
});

test("? lists the keys with the switch", async () => {
  press("?", { shiftKey: true });
  await untilItSays("Next error of the log");
  expect(dialog()?.querySelector("input[type=checkbox]")).not.toBeNull();
}, 30_000);
