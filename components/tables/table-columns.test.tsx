import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import type { TableSchema } from "@/lib/schemas/table";
import { TableColumns } from "./table-columns";

const schema: TableSchema = {
  columns: [
    { name: "contact_id", type: "bigint", isNullable: false },
    { name: "consent_marketing", type: "boolean", isNullable: true },
  ],
  since: "2026-03-18T16:00:00.000Z",
  changes: [],
};

function shown(given: TableSchema | null): HTMLElement {
  const page = document.createElement("div");
  page.innerHTML = renderToStaticMarkup(<TableColumns schema={given} end={null} />);
  return page;
}

test("columns that were never read are unknown, not none", () => {
  expect(shown(null).textContent).toContain("Unknown: its columns were not read yet.");
  expect(shown(null).querySelector("table")).toBeNull();
});

test("each column has its type; without a change it is said since when", () => {
  const page = shown(schema);
  expect(page.textContent).toMatch(/^Columns2 columns.*No change since .*18 Mar/);
  expect([...page.querySelectorAll("tbody tr")].map((row) => row.textContent)).toEqual([
    "contact_idbigint not null",
    "consent_marketingboolean",
  ]);
});

test("the newest five changes are told, each with its moment", () => {
  const none = { added: [], removed: [], retyped: [] };
  const changes = [
    { ...none, at: "2026-03-18T16:00:00.000Z", added: ["consent_marketing"], removed: ["marketing_opt_in"] },
    { ...none, at: "2026-03-17T16:00:00.000Z", retyped: [{ name: "fee", from: "integer", to: "bigint" }] },
    ...["16", "15", "14", "13"].map((day) => ({ ...none, at: `2026-03-${day}T16:00:00.000Z`, added: [`of_${day}`] })),
  ];
  const told = [...shown({ ...schema, changes }).querySelectorAll("li")].map((item) => item.textContent);
  expect(told).toHaveLength(5);
  expect(told[0]).toMatch(/^consent_marketing added, marketing_opt_in removed, .*18 Mar/);
  expect(told[1]).toMatch(/^fee was integer, is bigint, .*17 Mar/);
});
