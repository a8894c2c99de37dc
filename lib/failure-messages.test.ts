import { describe, expect, test } from "vitest";
import { z } from "zod";
import { glue, log, nothing, task } from "./failure-examples";
import collected from "./failure-messages.json";
import { failureRules } from "./failure-rules";
import { classify, type FailureFacts } from "./failures";
import { FailureClass, type LogLine, LogSource } from "./schemas/attempt";

/** What people reported in public and AWS documents, each with where it stands; its class was decided by reading it. */
const { failures, harmless } = z
  .strictObject({
    failures: z.array(
      z.strictObject({
        class: FailureClass,
        place: z.enum(["stopped_reason", "container_reason", "glue_error", "log:container", "log:glue", "log:airflow"]),
        text: z.string(),
        source: z.url(),
      }),
    ),
    harmless: z.array(z.strictObject({ from: LogSource, text: z.string(), source: z.string() })),
  })
  .parse(collected);

// "Something failed, read the log": true of every failure, and no answer.
const vague: FailureClass[] = ["unclassified", "container_exit", "glue_error", "python_exception"];

function attemptWith({ place, text }: (typeof failures)[number]): [Partial<FailureFacts>, LogLine[]] {
  if (place === "stopped_reason") return [{ ecsTask: { ...task, stopCode: "TaskFailedToStart", exitCode: null, stoppedReason: text } }, []];
  if (place === "container_reason") return [{ ecsTask: { ...task, exitCode: 137, containerReason: text } }, []];
  if (place === "glue_error") return [{ glueRun: { ...glue, errorMessage: text } }, []];
  const lines = text.split("\n");
  if (place === "log:container") return [{ ecsTask: task }, log("container", ...lines)];
  if (place === "log:glue") return [{ glueRun: glue }, log("glue", ...lines)];
  return [{}, log("airflow", ...lines)];
}

describe("messages from public trackers and AWS documents", () => {
  const answers = failures.map((each) => {
    const [facts, lines] = attemptWith(each);
    return { ...each, found: classify({ ...nothing, ...facts }, lines) };
  });
  const missed = answers.filter((each) => each.found.class !== each.class);

  test("there are many, and each once", () => {
    expect(answers.length).toBeGreaterThanOrEqual(60);
    expect(new Set(answers.map((each) => each.text)).size).toBe(answers.length);
  });
  test("at least 95 % are right", () => {
    expect(
      missed.length / answers.length,
      missed.map((each) => `${each.class}, not ${each.found.class}: ${each.text}`).join("\n"),
    ).toBeLessThanOrEqual(0.05);
  });
  test("none is wrong with confidence", () => {
    expect(missed.filter((each) => !vague.includes(each.found.class)).map((each) => each.text)).toEqual([]);
  });
  test("the first evidence is a line of the message itself", () => {
    for (const each of answers.filter(({ class: expected }) => !vague.includes(expected)))
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
