import { expect, test } from "vitest";
import { shortcuts } from "./shortcuts";

const all = shortcuts.flatMap(({ id, keys, isSingle }) => keys.map((key) => ({ id, key, isSingle })));

test("no key means two things, and none is the beginning of another", () => {
  for (const { id, key } of all) {
    const rivals = all.filter((other) => other.id !== id && (other.key === key || other.key.startsWith(`${key} `)));
    expect([key, rivals]).toEqual([key, []]);
  }
});

test("every key without Ctrl or ⌘ can be switched off", () => {
  for (const { key, isSingle } of all) expect([key, isSingle]).toEqual([key, !key.includes("$mod")]);
});
