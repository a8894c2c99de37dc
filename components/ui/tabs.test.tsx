import { act } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Part, Parts } from "./tabs";

type Id = "grid" | "runs" | "code";
const parts: Part<Id, object>[] = [
  { id: "grid", name: "Grid", Content: () => <p>cells</p> },
  { id: "runs", name: "Runs", Content: () => <p>rows</p> },
  { id: "code", name: "Code", Content: () => <p>lines</p> },
];

let box: HTMLElement;
let root: Root;
let told: Id[] = [];

const draw = (open: Id) =>
  act(async () =>
    root.render(
      <Parts label="Views" parts={parts} open={open} onOpen={(id) => told.push(id)} content={{}} contentClass="">
        {(_, names, content) => (
          <>
            {names}
            {content}
          </>
        )}
      </Parts>,
    ),
  );
const press = (name: string) =>
  act(async () => {
    const tab = [...box.querySelectorAll("[role=tab]")].find(({ textContent }) => textContent === name);
    tab?.dispatchEvent(new MouseEvent("mousedown", { bubbles: true, button: 0 }));
  });
const frame = () => act(async () => vi.advanceTimersByTime(20));
const marked = () => box.querySelector("[role=tab][aria-selected=true]")?.textContent;
const content = () => box.querySelector("[role=tabpanel] p")?.textContent;

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  vi.useFakeTimers({ toFake: ["requestAnimationFrame", "cancelAnimationFrame", "setTimeout", "clearTimeout"] });
  box = document.body.appendChild(document.createElement("div"));
  root = createRoot(box);
  told = [];
});
afterEach(async () => {
  await act(async () => root.unmount());
  box.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a name that is pressed is marked at once; the page is told, and the part drawn, after the frame that shows it", async () => {
  await draw("grid");
  await press("Runs");
  expect([marked(), content(), told]).toEqual(["Runs", "cells", []]);
  await frame();
  await draw("runs");
  expect([marked(), content(), told]).toEqual(["Runs", "rows", ["runs"]]);
});

test("of two names that are pressed within a frame only the last is opened", async () => {
  await draw("grid");
  await press("Runs");
  await press("Code");
  expect(marked()).toBe("Code");
  await frame();
  await draw("code");
  expect([marked(), content(), told]).toEqual(["Code", "lines", ["code"]]);
});

test("what the address says is followed, also back to what was left by a press", async () => {
  await draw("grid");
  await press("Runs");
  await frame();
  await draw("runs");
  await draw("grid");
  await frame();
  expect([marked(), content(), told]).toEqual(["Grid", "cells", ["runs"]]);
});
