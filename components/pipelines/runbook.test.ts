import { expect, test } from "vitest";
import { blocksOf } from "./runbook";

test("a docstring falls into heads, paragraphs, items and tables", () => {
  const text = [
    "# sales_daily",
    "Copies the shop",
    "every morning.",
    "",
    "| task | does |",
    "|---|---|",
    "| load | merges |",
    "- first",
    "  goes on",
    "2. second",
  ].join("\n");
  expect(blocksOf(text).map(({ key: _key, ...block }) => block)).toEqual([
    { kind: "head", text: "sales_daily" },
    { kind: "text", text: "Copies the shop every morning." },
    {
      kind: "table",
      rows: [
        ["task", "does"],
        ["load", "merges"],
      ],
    },
    { kind: "item", text: "first goes on" },
    { kind: "item", text: "2. second" },
  ]);
});
