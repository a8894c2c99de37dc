import { describe, expect, test } from "vitest";
import type { PipelineParam } from "@/lib/schemas/pipeline";
import { limitsOf, paramForm, paramValues } from "./param-schema";

const param = (name: string, value: unknown, schema: Record<string, unknown> = {}): PipelineParam => ({
  name,
  description: null,
  value,
  schema,
});

describe("the form of a DAG's parameters", () => {
  test("a parameter without a schema takes the type of its default", () => {
    const { schema } = paramForm([param("full_refresh", false), param("rows", 1000), param("note", null), param("ratio", 0.5)]);
    expect(schema.properties).toMatchObject({
      full_refresh: { type: "boolean", title: "Full refresh" },
      rows: { type: "integer" },
      note: { type: ["null", "string"] },
      ratio: { type: "number" },
    });
    expect(schema.required).toEqual(["full_refresh", "rows", "ratio"]);
  });

  test("an emptied optional text is sent as null, as Airflow had it", () => {
    const { ui, values } = paramForm([param("note", null, { type: ["null", "string"] })]);
    expect(ui.note).toEqual({ "ui:emptyValue": null });
    expect(values).toEqual({ note: null });
  });

  test("lists and objects are edited as JSON and sent as what they are", () => {
    const form = paramForm([param("tables", ["orders"], { type: "array" })]);
    expect(form.values.tables).toBe('[\n  "orders"\n]');
    expect(paramValues(form, { tables: '["orders", "lines"]' })).toEqual({ tables: ["orders", "lines"] });
  });

  test("limits are said before they are broken", () => {
    expect(limitsOf({ minimum: 1000, maximum: 100_000 })).toBe("1,000 to 100,000");
    expect(limitsOf({ maxLength: 200 })).toBe("at most 200 characters");
    expect(limitsOf({ type: "boolean" })).toBeNull();
  });
});
