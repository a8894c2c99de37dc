import { expect, test } from "vitest";
import { failureWord } from "./states";

test("no two classes of failure have the same words: each is a choice of its own", () => {
  const words = Object.values(failureWord);
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
});
