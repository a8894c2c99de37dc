import { act } from "react";
import { createRoot } from "react-dom/client";
import { expect, test } from "vitest";
import { changesSince, type Place, refreshed, useHeld } from "./held";

const place = (id: string, group: string, row = id): Place<string> => ({ id, group, row });
const held = [place("a", "running"), place("b", "finished")];

test("new rows wait and are counted", () => {
  const current = [place("c", "running"), place("d", "running"), ...held];
  expect(changesSince(held, current)).toEqual({ added: 2, moved: 0 });
  expect(refreshed(held, current).map(({ id }) => id)).toEqual(["a", "b"]);
});

test("a row whose group changed shows its new content where it stands", () => {
  const current = [place("b", "finished"), place("a", "finished", "a, succeeded")];
  expect(changesSince(held, current)).toEqual({ added: 0, moved: 1 });
  expect(refreshed(held, current)).toEqual([place("a", "running", "a, succeeded"), place("b", "finished")]);
});

test("a row that left the page stays as it was last", () => {
  expect(refreshed(held, [place("b", "finished")])).toEqual(held);
  expect(changesSince(held, held)).toEqual({ added: 0, moved: 0 });
});

type Left = (left: string[]) => Place<string>[];
type Held = ReturnType<typeof useHeld<string>>;

function List({ current, useLeft, onShow }: { current: Place<string>[]; useLeft: Left | undefined; onShow: (held: Held) => void }) {
  onShow(useHeld(current, "", useLeft));
  return null;
}

/** What a list shows, each time it is given something. */
function shower(useLeft?: Left) {
  const root = createRoot(document.createElement("div"));
  let shown = {} as Held;
  return (current: Place<string>[]) => {
    act(() =>
      root.render(
        <List
          current={current}
          useLeft={useLeft}
          onShow={(held) => {
            shown = held;
          }}
        />,
      ),
    );
    return shown;
  };
}

test("a row that has left stays as it was last, not as it was when it took its place", () => {
  const show = shower();
  show([place("a", "running", "a, queued"), place("b", "finished")]);
  show([place("a", "running", "a, running"), place("b", "finished")]);
  const { places, changes } = show([place("b", "finished")]);
  expect(places.map(({ row }) => row)).toEqual(["a, running", "b"]);
  expect(changes).toEqual({ added: 0, moved: 0 });
});

test("what became of a row that has left is shown in its place, and counted as moved", () => {
  const became = [place("a", "finished", "a, succeeded")];
  const show = shower((left) => (left.length > 0 ? became : []));
  const running = [place("a", "running", "a, running"), place("b", "running")];
  expect(show(running).changes).toEqual({ added: 0, moved: 0 });
  const { places, changes } = show(running.slice(1));
  expect(places.map(({ row }) => row)).toEqual(["a, succeeded", "b"]);
  expect(changes).toEqual({ added: 0, moved: 1 });
  expect(show(running).places.map(({ row }) => row)).toEqual(["a, running", "b"]);
});
