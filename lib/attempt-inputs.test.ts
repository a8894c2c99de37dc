import { expect, it } from "vitest";
import { mostCharacters, toRendered, toXcoms } from "./attempt-inputs";

const rendered = (value: unknown) => toRendered({ field: value })[0]?.value;

it("says what says something, by name, and values as a person reads them", () => {
  expect(toRendered({ sql: "select 1", cluster: "penstock", empty: "", none: null, retries: 0 })).toEqual([
    { name: "cluster", value: "penstock", isCut: false },
    { name: "retries", value: "0", isCut: false },
    { name: "sql", value: "select 1", isCut: false },
  ]);
  expect(rendered({ a: [1, 2] })).toBe('{\n  "a": [\n    1,\n    2\n  ]\n}');
});

it("cuts what is long, and says so", () => {
  expect(toXcoms([{ key: "return_value", value: "x".repeat(mostCharacters + 1) }])).toEqual([
    { key: "return_value", value: "x".repeat(mostCharacters), isCut: true },
  ]);
  expect(toRendered({ sql: "y".repeat(mostCharacters) })[0]?.isCut).toBe(false);
});

it.each([
  ["under a name that says secret", { password: "hunter2" }],
  ["in the environment of a container", { containerOverrides: [{ environment: [{ name: "DB_PASSWORD", value: "hunter2" }] }] }],
  ["after a flag", { command: ["load", "--password", "hunter2"] }],
  ["in a URL", "postgresql://loader:hunter2@warehouse/sales"],
  ["in a longer text", "connecting with password=hunter2 now"],
  ["in what Python prints of it", "{'password': 'hunter2'}"],
])("shows no secret %s", (_, value) => {
  expect(rendered(value)).not.toContain("hunter2");
  expect(toXcoms([{ key: "api_token", value }])[0]?.value).toBe("(not shown)");
});

it("leaves what Airflow masks masked, and what is no secret as it is", () => {
  expect(
    rendered({
      environment: [
        { name: "LOG_LEVEL", value: "info" },
        { name: "HOST", value: "***" },
      ],
    }),
  ).toContain('"info"');
  expect(rendered("***")).toBe("***");
});
