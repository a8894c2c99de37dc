import { expect, test } from "vitest";
import { differences } from "./shape";

const run = { dag_id: "a", start_date: "2026-11-22", conf: { fault: "none" }, tags: [{ name: "x" }] };

test("other values are no difference, nor is null or an empty list", () => {
  expect(
    differences(
      { runs: [run] },
      {
        runs: [
          { ...run, start_date: null },
          { ...run, dag_id: "b", tags: [] },
        ],
      },
    ),
  ).toEqual([]);
  expect(differences({ runs: [run] }, { runs: [{ ...run, conf: null }] })).toEqual([]);
});

test.each([
  ["a field that is gone", { ...run, dag_id: undefined }, [".runs[].dag_id is gone"]],
  ["a field that is new", { ...run, run_after: "2026" }, [".runs[].run_after is new"]],
  ["another type", { ...run, start_date: 7 }, [".runs[].start_date is number, was string"]],
  ["a change further down", { ...run, tags: [{ label: "x" }] }, [".runs[].tags[].name is gone", ".runs[].tags[].label is new"]],
])("%s", (_, changed, expected) => {
  expect(differences({ runs: [run] }, JSON.parse(JSON.stringify({ runs: [changed] })))).toEqual(expected);
});
