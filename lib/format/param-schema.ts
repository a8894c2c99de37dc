import type { PipelineParam } from "@/lib/schemas/pipeline";
import { count } from "./count";

type JsonSchema = Record<string, unknown>;
export type ParamForm = {
  schema: JsonSchema;
  ui: Record<string, JsonSchema>;
  values: Record<string, unknown>;
  /** Parameters that are lists or objects: they are edited as JSON text and parsed before they are sent. */
  asText: string[];
};

/** `batch_rows` → `Batch rows`. */
export function titleOf(name: string): string {
  const words = name.replace(/[_-]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function typesOf(schema: JsonSchema, value: unknown): string[] {
  if (typeof schema.type === "string") return [schema.type];
  if (Array.isArray(schema.type)) return schema.type.filter((type): type is string => typeof type === "string");
  if (Array.isArray(schema.enum)) return [];
  if (value === null || value === undefined) return ["null", "string"];
  if (Array.isArray(value)) return ["array"];
  if (typeof value === "number") return [Number.isInteger(value) ? "integer" : "number"];
  return [typeof value === "object" ? "object" : typeof value];
}

/** The form of a DAG's parameters: Airflow gives each a default and a JSON schema, often without a type. */
export function paramForm(params: PipelineParam[]): ParamForm {
  const form: ParamForm = { schema: { type: "object", properties: {} }, ui: {}, values: {}, asText: [] };
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  for (const { name, description, value, schema } of params) {
    const types = typesOf(schema, value);
    const title = typeof schema.title === "string" ? schema.title : titleOf(name);
    const help = typeof schema.description === "string" ? schema.description : description;
    const named = { ...schema, title, ...(help && { description: help }) };
    if (types.includes("object") || types.includes("array")) {
      properties[name] = { type: "string", format: "json-text", title, ...(help && { description: help }) };
      form.ui[name] = { "ui:widget": "textarea" };
      form.values[name] = JSON.stringify(value ?? null, null, 2);
      form.asText.push(name);
      continue;
    }
    const isNullable = types.includes("null");
    properties[name] = types.length > 0 ? { ...named, type: types.length === 1 ? types[0] : types } : named;
    form.ui[name] = isNullable ? { "ui:emptyValue": null } : {};
    if (value !== undefined) form.values[name] = value;
    if (!isNullable) required.push(name);
  }
  form.schema = { type: "object", properties, ...(required.length > 0 && { required }) };
  return form;
}

/** What is sent: the values of the form with JSON text parsed. Throws SyntaxError for text that is not JSON. */
export function paramValues(form: ParamForm, edited: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(edited).map(([name, value]) => [name, form.asText.includes(name) ? JSON.parse(String(value)) : value]),
  );
}

const number = (value: number) => (Number.isInteger(value) ? count(value) : String(value));

/** Limits as help before they are errors: `1,000 to 100,000`. */
export function limitsOf(schema: JsonSchema): string | null {
  const { minimum, maximum, minLength, maxLength, pattern } = schema;
  if (typeof minimum === "number" && typeof maximum === "number") return `${number(minimum)} to ${number(maximum)}`;
  if (typeof minimum === "number") return `at least ${number(minimum)}`;
  if (typeof maximum === "number") return `at most ${number(maximum)}`;
  if (typeof minLength === "number" && typeof maxLength === "number") return `${minLength} to ${maxLength} characters`;
  if (typeof maxLength === "number") return `at most ${maxLength} characters`;
  return typeof pattern === "string" ? `matches ${pattern}` : null;
}
