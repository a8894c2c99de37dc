import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Manifest } from "./manifest";

test("the example manifest of the extractor is one by the contract, whole", () => {
  const example = JSON.parse(readFileSync("extractor/manifest.example.json", "utf8"));
  expect(Manifest.parse(example)).toEqual(example);
  expect(example.files.reduce((rows: number, file: { rows: number }) => rows + file.rows, 0)).toBe(example.rows);
});
