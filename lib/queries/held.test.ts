import { expect, test } from "vitest";
import { changesSince, type Place, refreshed } from "./held";

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
