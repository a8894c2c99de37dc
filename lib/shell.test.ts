import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { shellCommand, shellWord } from "./shell";

const nasty = [
  "",
  "plain",
  "it's",
  "a b",
  "$(touch x)",
  "`id`",
  "; rm -rf /",
  "a\nb",
  '"',
  "\\",
  "'\\''",
  "!event",
  "*",
  "~",
  "#x",
  "é漢字",
  "--x",
  "a=b&c",
  "{a,b}",
  "$HOME",
];

describe("words of a shell", () => {
  test("a shell reads back exactly what was written, as one word", () => {
    for (const text of nasty) expect(execFileSync("sh", ["-c", `printf %s ${shellWord(text)}`], { encoding: "utf8" })).toBe(text);
  });

  test("a whole command keeps its words apart, and a value is never taken for an option", () => {
    const command = shellCommand(
      ["printf", "%s|"],
      nasty.map((text): [string, string] => ["--name", text]),
    );
    const read = execFileSync("sh", ["-c", command], { encoding: "utf8" }).split("|").slice(0, -1);
    expect(read).toEqual(nasty.flatMap((text) => (text.startsWith("-") ? [`--name=${text}`] : ["--name", text])));
  });
});
