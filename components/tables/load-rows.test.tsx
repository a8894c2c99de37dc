import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { TableLoad } from "@/lib/schemas/table";
import { LoadRows } from "./load-rows";

const load = (day: number, changes: Partial<TableLoad>): TableLoad => ({
  runKey: `sales_daily/${day}`,
  table: "sales.orders",
  pipeline: "sales_daily",
  runId: `scheduled__${day}`,
  attemptId: null,
  taskId: "load",
  rowsInserted: 12,
  rowsUpdated: 0,
  rowsRejected: 0,
  dataThrough: `2026-03-${day - 1}`,
  startedAt: `2026-03-${day}T06:40:00.000Z`,
  finishedAt: `2026-03-${day}T06:43:00.000Z`,
  costUsd: "0.01",
  expectedBy: `2026-03-${day}T07:00:00.000Z`,
  lateByMs: 0,
  whyNotJudged: null,
  missed: [],
  ...changes,
});

function rowsOf(loads: TableLoad[], hasTable = false): string[] {
  const page = document.createElement("div");
  page.innerHTML = renderToStaticMarkup(<LoadRows loads={loads} environment="local" label="Loads" hasTable={hasTable} />);
  return [...page.querySelectorAll("tr")].map((row) => row.textContent ?? "");
}

test("each load says whether it was in time, or why that cannot be said", () => {
  const none = { expectedBy: null, lateByMs: null };
  const [head, ...rows] = rowsOf([
    load(18, { ...none, whyNotJudged: "An earlier load had brought that day's data already." }),
    load(17, { lateByMs: 72 * 60_000 }),
    load(16, { missed: ["2026-03-15T07:00:00.000Z"] }),
  ]);
  expect(head).toContain("On time");
  expect(rows[2]).toMatch(/none came for .*15 Mar/);
  expect(rows[0]).toContain("not judged: An earlier load had brought that day's data already.");
  expect(rows[1]).toContain("1 h 12 late");
  expect(rows[2]).toContain("On time");
});

test("a table without a deadline has no column of deadlines", () => {
  const [head] = rowsOf([load(16, { expectedBy: null, lateByMs: null, whyNotJudged: "No deadline is configured for this table." })]);
  expect(head).not.toContain("On time");
});

test("a load of no rows and one of older data than the load before are marked, an unknown size is not", () => {
  const [, back, empty, unknown] = rowsOf([
    load(18, { dataThrough: "2026-03-10" }),
    load(17, { rowsInserted: 0 }),
    load(16, { rowsInserted: null, rowsUpdated: null }),
  ]);
  expect(back).toContain("older than before");
  expect(empty).toContain("no rows");
  expect(unknown).not.toMatch(/no rows|older than before/);
});

test("the loads of one run are of different tables: none is older than the other", () => {
  const rows = rowsOf([load(18, { dataThrough: "2026-03-10" }), load(17, { table: "sales.customers" })], true);
  expect(rows.join()).not.toContain("older than before");
});
