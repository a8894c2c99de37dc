import fc from "fast-check";
import { expect, test } from "vitest";
import { apiPaths, fromSegment, homeOf, paths } from "./paths";
import { Role } from "./schemas/user";

/** Every character but halves of one, which no address can hold; those that mean something in an address come often. */
const id = fc
  .array(
    fc.oneof(fc.constantFrom(..."/%.~?#\\+&=:; \n\u202eא", "..", "%2F", "%2e", "\u{1f600}"), fc.string({ unit: "binary", maxLength: 3 })),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(""))
  .filter((text) => text !== "");

const segmentsOf = (path: string) => new URL(path, "http://localhost").pathname.split("/").slice(1);

test("any ids survive the way through an address of a page and of the API", () => {
  fc.assert(
    fc.property(id, id, id, (environment, pipeline, runId) => {
      const run = { environment, pipeline, runId };
      const attempt = new URL(paths.attempt(run, runId, 3, 7), "http://localhost");
      const found = [
        segmentsOf(paths.run(run)).map(fromSegment),
        segmentsOf(apiPaths.run(run)).map(fromSegment),
        segmentsOf(paths.pipeline(environment, pipeline)).map(fromSegment),
        segmentsOf(apiPaths.pipelineRuns(environment, pipeline)).map(fromSegment),
        [...attempt.searchParams.values()],
      ];
      const expected = [
        ["runs", environment, pipeline, runId],
        ["api", "runs", environment, pipeline, runId],
        ["pipelines", environment, pipeline],
        ["api", "pipelines", environment, pipeline, "runs"],
        [runId, "3", "7"],
      ];
      return JSON.stringify(found) === JSON.stringify(expected);
    }),
    { numRuns: 10_000 },
  );
});

test.each([".", "..", "~", "~..", "a/b", "scheduled__2026-11-22T06:15:00+00:00"])(
  "%s is one segment that browsers do not resolve",
  (text) => {
    const { pathname } = new URL(paths.table("local", text), "http://localhost");
    expect(fromSegment(pathname.split("/").at(-1) ?? "")).toBe(text);
  },
);

test("whoever runs pipelines begins with the runs, whoever uses tables with their state", () => {
  expect(["viewer", "analyst", "operator", "admin"].map((role) => homeOf(Role.parse(role)))).toEqual(["/", "/", "/runs", "/runs"]);
});
