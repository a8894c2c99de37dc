import { describe, expect, test } from "vitest";
import type { Found } from "./compare-found";
import { type ComparedFailure, whatChanged } from "./what-changed";

const found = (given: Partial<Found> & Pick<Found, "kind">): Found => ({
  title: given.kind,
  of: null,
  before: null,
  now: null,
  difference: null,
  state: "same",
  about: null,
  ...given,
});
const oom: ComparedFailure = { class: "out_of_memory", taskId: "extract" };
const said = (things: Found[], failure: ComparedFailure | null = oom, state: "failed" | "success" | "running" = "failed") => {
  const { sentence, summary, things: judged } = whatChanged(things, state, failure);
  return { text: sentence.map(({ text }) => text).join(""), summary, judged, tones: sentence.flatMap(({ tone }) => tone ?? []) };
};
const size = (isMore: boolean, about = ["extract"]) =>
  found({
    kind: "size",
    state: "differs",
    of: about[0] ?? null,
    before: "2 vCPU, 4 GB",
    now: isMore ? "2 vCPU, 8 GB" : "2 vCPU, 2 GB",
    isMore,
    about,
  });

describe("what changed", () => {
  test("a smaller container explains that memory ran out; a larger one does not", () => {
    expect(said([size(false)]).text).toBe("The size of extract changed from 2 vCPU, 4 GB to 2 vCPU, 2 GB.");
    expect(said([size(false)]).summary).toBe("1 of 1 thing compared differs. It explains the failure.");
    expect(said([size(true)]).text).toMatch(/but that does not explain the failure\.$/);
    expect(said([size(true)]).judged[0]).toMatchObject({ explains: "no", why: "It had more to work with." });
  });

  test("what the failed task did not run with explains nothing", () => {
    const { judged } = said([size(false, ["load"])]);
    expect(judged[0]).toMatchObject({ explains: "no", why: "extract, which failed, did not run with it." });
  });

  test("the telling comes first, what is the same last, and the counts are of all", () => {
    const things = [
      found({ kind: "trigger" }),
      found({ kind: "duration", state: "differs", of: "wait", about: ["wait"], isMore: true }),
      found({ kind: "code", state: "unknown", title: "DAG version" }),
      found({ kind: "rows", state: "differs", of: "sales.orders", before: "1", now: "9", isMore: true }),
      size(false),
    ];
    const { judged, summary, text } = said(things);
    expect(judged.map(({ kind, explains }) => [kind, explains])).toEqual([
      ["size", "yes"],
      ["rows", "maybe"],
      ["duration", "no"],
      ["code", null],
      ["trigger", null],
    ]);
    expect(summary).toBe("3 of 5 things compared differ. 1 explains the failure, 1 may, 1 does not. Not known: DAG version.");
    expect(text).toMatch(/ The DAG version is not known\.$/);
  });

  test("data is set against the code only where the code is known to be the same", () => {
    const columns = found({ kind: "columns", state: "differs", of: "sales.orders", difference: "a became b" });
    const schema: ComparedFailure = { class: "schema_mismatch", taskId: "load" };
    expect(said([columns, found({ kind: "code" })], schema).text).toBe(
      "The data changed, not the code: the columns of sales.orders changed, a became b.",
    );
    expect(said([columns, found({ kind: "code", state: "unknown", title: "DAG version" })], schema).text).toBe(
      "The columns of sales.orders changed, a became b. The DAG version is not known.",
    );
  });

  test("nothing differs is an answer, with the cause outside where the failure names one", () => {
    expect(said([found({ kind: "code" })]).text).toBe("Nothing that is recorded changed, and yet extract failed.");
    expect(said([found({ kind: "code" })], { class: "spot_interruption", taskId: "x" }).text).toBe(
      "Nothing that is recorded changed: AWS took the Spot capacity back.",
    );
    expect(said([found({ kind: "code" })], null, "success").text).toBe("Nothing differs.");
    expect(said([found({ kind: "code" })], null, "running").text).toBe("Nothing differs so far.");
  });

  test("no difference is called the cause of a failure that comes from outside", () => {
    const rows = found({ kind: "rows", state: "differs", of: "t", before: "1", now: "2", isMore: true });
    const { text, judged } = said([rows, size(false)], { class: "source_unreachable", taskId: "extract" });
    expect(text).toBe("2 things differ, but none explains the failure: the source did not answer.");
    expect(judged.every(({ explains }) => explains === "no")).toBe(true);
  });

  test("an unrecognised failure has no certain cause", () => {
    const every = (["columns", "code", "image", "size", "rows"] as const).map((kind) =>
      found({ kind, state: "differs", of: "x", about: null, ...(kind === "size" ? { isMore: false } : {}) }),
    );
    const { judged } = said(every, { class: "unclassified", taskId: "x" });
    expect(judged.map(({ explains }) => explains)).toEqual(["maybe", "maybe", "maybe", "maybe", "maybe"]);
  });

  test("a run that did not fail is compared without blame", () => {
    const { text, judged } = said([size(true)], null, "success");
    expect(text).toBe("The size of extract changed from 2 vCPU, 4 GB to 2 vCPU, 8 GB.");
    expect(judged[0]).toMatchObject({ explains: null, why: null });
  });
});
