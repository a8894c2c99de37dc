import { act } from "react";
import { createRoot } from "react-dom/client";
import { afterEach, expect, test, vi } from "vitest";
import { Scroller } from "./scroller";

let resize: () => void;
let width = 0;
vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
vi.stubGlobal(
  "ResizeObserver",
  class {
    constructor(callback: () => void) {
      resize = callback;
    }
    observe() {}
    disconnect() {}
  },
);
vi.spyOn(HTMLElement.prototype, "scrollWidth", "get").mockImplementation(() => 900);
vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockImplementation(() => width);
afterEach(() => document.body.replaceChildren());

test("a table that is too wide can be reached and scrolled by keyboard; one that fits is no stop", async () => {
  const page = document.body.appendChild(document.createElement("div"));
  const root = createRoot(page);
  await act(async () =>
    root.render(
      <Scroller label="Sources, scrolls sideways">
        <table />
      </Scroller>,
    ),
  );
  const box = page.firstElementChild;
  const become = (wide: number) => {
    width = wide;
    return act(async () => resize());
  };
  await become(600);
  expect([box?.getAttribute("tabindex"), box?.getAttribute("role"), box?.getAttribute("aria-label")]).toEqual([
    "0",
    "region",
    "Sources, scrolls sideways",
  ]);
  await become(900);
  expect([box?.getAttribute("tabindex"), box?.getAttribute("role")]).toEqual([null, null]);
  await act(async () => root.unmount());
});
