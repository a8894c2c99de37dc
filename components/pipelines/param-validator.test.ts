import { expect, test } from "vitest";
import { refusalOf } from "./param-validator";

test.each([
  [{ type: "string", enum: ["none", "exit_137"] }, "nonsense", "Choose one of none, exit_137"],
  [{ type: "integer", minimum: 1, maximum: 100 }, 0, "At least 1"],
  [{ type: "integer", minimum: 1, maximum: 100 }, 101, "At most 100"],
  [{ type: "integer" }, "many", "This must be a whole number"],
  [{ type: "integer" }, 1.5, "This must be a whole number"],
  [{ type: "string", maxLength: 3 }, "four", "At most 3 characters"],
  [{ type: "string", pattern: "^[a-z]+$" }, "A", "This must match ^[a-z]+$"],
  [{ type: "string", format: "json-text" }, "[1,", /^This is not JSON/],
  [{ type: "boolean" }, "yes", "This must be yes or no"],
] as const)("%j refuses %j", (schema, value, message) => {
  expect(refusalOf(structuredClone(schema) as never, value, true)).toMatch(message);
});

test.each([
  [{ type: ["null", "string"], maxLength: 200 }, null],
  [{ type: "boolean" }, false],
  [{ type: "integer", minimum: 1 }, 1],
  [{ type: "string", "x-airflow": "unknown keyword" }, "text"],
  [{ type: "string", format: "json-text" }, '["orders"]'],
] as const)("%j takes %j", (schema, value) => {
  expect(refusalOf(structuredClone(schema) as never, value, true)).toBeNull();
});

test("a required value must be given", () => {
  expect(refusalOf({ type: "string" }, undefined, true)).toBe("Give a value");
  expect(refusalOf({ type: "string" }, undefined, false)).toBeNull();
});
