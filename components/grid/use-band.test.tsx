import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, test } from "vitest";
import { useBand } from "./use-band";

type Window = { from: number; to: number; count?: number; more?: number };

function Columns({ from, to, count = 100, more = 12, onShow }: Window & { onShow: (band: { first: number; last: number }) => void }) {
  onShow(useBand(from, to, count, more));
  return null;
}

function shower() {
  const root = createRoot(document.createElement("div"));
  let shown = {} as { first: number; last: number };
  return (window: Window) => {
    const keep = (band: { first: number; last: number }) => {
      shown = band;
    };
    act(() => root.render(<Columns {...window} onShow={keep} />));
    return [shown.first, shown.last];
  };
}

test("the columns that are drawn stay until the window leaves them, then lie around it", () => {
  const show = shower();
  expect(show({ from: 50, to: 70 })).toEqual([38, 82]);
  expect(show({ from: 40, to: 60 })).toEqual([38, 82]);
  expect(show({ from: 62, to: 82 })).toEqual([38, 82]);
  expect(show({ from: 63, to: 83 })).toEqual([51, 95]);
  expect(show({ from: 79, to: 99 })).toEqual([67, 99]);
});

test("only what is in sight is drawn at first; another number of columns is another grid", () => {
  const show = shower();
  expect(show({ from: 80, to: 99, more: 0 })).toEqual([80, 99]);
  expect(show({ from: 80, to: 99 })).toEqual([68, 99]);
  expect(show({ from: 81, to: 100, count: 101 })).toEqual([69, 100]);
  expect(show({ from: 0, to: -1, count: 0 })).toEqual([0, -1]);
});
