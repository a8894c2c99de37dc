import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseEnv } from "@/server/env";
import { digestOf } from "./digest";
import { parseOptions } from "./options";
import { penstockYaml } from "./penstock-yaml";

describe("the command line", () => {
  test("a check runs nothing on a schedule and triggers the pipeline itself", () => {
    expect(parseOptions("/repo", ["--check"], {})).toMatchObject({
      isCheck: true,
      triggers: true,
      schedules: false,
      state: "/repo/.local",
    });
  });

  test("the test platform has its own state and shares the cache", () => {
    expect(parseOptions("/repo", ["--test"], {})).toMatchObject({
      state: "/repo/.local/test",
      cache: "/repo/.local/cache",
      triggers: false,
    });
  });

  test.each([
    [[], {}, true],
    [["--no-sample"], {}, false],
    [[], { PENSTOCK_SAMPLE: "0" }, false],
  ])("%j with %j: sample data %s", (args, variables, hasSample) => {
    expect(parseOptions("/repo", args, variables).hasSample).toBe(hasSample);
  });

  test.each([[["--without", "kafka"]], [["--chekc"]], [["--port-base", "many"]]])("%j is refused", (args) => {
    expect(() => parseOptions("/repo", args, {})).toThrow();
  });
});

test("the dashboard accepts the configuration that the platform writes", () => {
  const file = join(mkdtempSync(join(tmpdir(), "penstock-yaml-")), "penstock.yaml");
  writeFileSync(file, penstockYaml("http://localhost:3000", "http://127.0.0.1:4566", true));
  const parsed = parseEnv({
    DATABASE_URL: "postgresql://u:p@127.0.0.1:5541/penstock",
    WAREHOUSE_URL: "postgresql://u:p@127.0.0.1:5542/warehouse",
    NEXTAUTH_SECRET: "x".repeat(32),
    PENSTOCK_CONFIG: file,
    PENSTOCK_DEMO: "1",
    HOSTNAME: "127.0.0.1",
  });
  expect(parsed.sample).toMatchObject({ name: "sample", days: 120 });
  expect(parsed.tables.filter((table) => table.environment === "local").map((table) => table.name)).toEqual([
    "sales.customers",
    "sales.orders",
    "sales.order_lines",
    "sales.sales_by_day",
    "finance.fx_rates",
  ]);
  expect(parsed.environments).toMatchObject([{ name: "local", mwaa: "penstock", ecs: ["penstock"] }]);
});

test("a digest follows names and contents, and no by-products", () => {
  const root = mkdtempSync(join(tmpdir(), "penstock-digest-"));
  writeFileSync(join(root, "a"), "1");
  const before = digestOf(root, ["."]);
  writeFileSync(join(root, "x.pyc"), "compiled");
  expect(digestOf(root, ["."])).toBe(before);
  writeFileSync(join(root, "b"), "");
  expect(digestOf(root, ["."])).not.toBe(before);
});
