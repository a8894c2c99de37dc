import { describe, expect, test } from "vitest";
import { log, nothing } from "./failure-examples";
import { failureRules } from "./failure-rules";
import { answers, failures, harmless, isConfidentlyWrong, isMissed, vague } from "./failure-score";
import { classify } from "./failures";

describe("messages from public trackers and AWS documents", () => {
  const all = answers();
  const missed = all.filter(isMissed);

  test("there are many, and each once", () => {
    expect(all.length).toBeGreaterThanOrEqual(60);
    expect(new Set(all.map((each) => each.text)).size).toBe(all.length);
  });
  test("at least 95 % are right", () => {
    expect(
      missed.length / all.length,
      missed.map((each) => `${each.class}, not ${each.found.class}: ${each.text}`).join("\n"),
    ).toBeLessThanOrEqual(0.05);
  });
  test("none is wrong with confidence", () => {
    expect(all.filter(isConfidentlyWrong).map((each) => each.text)).toEqual([]);
  });
  test("the first evidence is a line of the message itself", () => {
    for (const each of all.filter(({ class: expected }) => !vague.includes(expected)))
      expect(each.found.evidence[0]?.text, each.text).toSatisfy((text: string) => isPartOf(each.text, text));
  });
});

/** An evidence may be cut out of a long line, and is told without the log's own frame. */
function isPartOf(message: string, evidence: string): boolean {
  const core = evidence.replaceAll("…", "");
  return message.includes(core) || core.split("\n").every((line) => message.includes(line.slice(0, 40)));
}

describe("harmless lines that hold the words of failures", () => {
  test("there are at least 25", () => {
    expect(harmless.length).toBeGreaterThanOrEqual(25);
  });
  test.each(harmless)("$text", ({ from, text }) => {
    const lines = log(from, text);
    expect(classify(nothing, lines).class).toBe("unclassified");
    const failure = log(from, text, "psycopg.errors.LockNotAvailable: canceling statement due to lock timeout");
    const found = classify(nothing, failure);
    expect(found.class).toBe("database_lock");
    expect(found.evidence[0]?.text).toContain("LockNotAvailable");
  });
});

describe("patterns", () => {
  const nested = /\((?:[^()\\]|\\.)*[*+}](?:[^()\\]|\\.)*\)[*+{]/;
  const unlimited = /(?:\.|\]|\\[swdWSD])[*+]|,\}/;

  test("are linear: no quantifier around a group that holds one, and no gap without a limit", () => {
    for (const bad of [/(?:a+b)+/, /(\w{1,5}x){2,}/]) expect(bad.source).toMatch(nested);
    for (const bad of [/a.*b/, /\s+x/, /[^"]*"/, /\d{2,}/]) expect(bad.source).toMatch(unlimited);
    for (const { pattern } of failureRules) {
      expect(pattern.source).not.toMatch(nested);
      expect(pattern.source).not.toMatch(unlimited);
    }
  });
  test("end on hostile lines: the beginnings of all messages, over and over", () => {
    const bait = [
      ...failures.map(({ text }) => text.slice(0, Math.max(4, Math.floor(text.length / 2)))),
      '"',
      'column "a" of relation "',
      "could not extend ",
      "HTTP 5",
      "exec ",
      "Error downloading from S3 ",
    ].map((text) => text.repeat(Math.ceil(200_000 / text.length)).slice(0, 200_000));
    const began = performance.now();
    for (const text of bait) classify(nothing, log("container", text.replaceAll("\n", " ")));
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
