import type { ErrorSchema, RJSFSchema, RJSFValidationError, ValidatorType } from "@rjsf/utils";
import { z } from "zod";

// The pages' content security policy forbids eval, which zod's fast path (and ajv) would use.
z.config({ jitless: true });

type Values = Record<string, unknown>;

const jsonText = "json-text";

/** Why a value does not fit its schema, in words; null when it does, or when only Airflow can tell. */
export function refusalOf(schema: RJSFSchema, value: unknown, isRequired: boolean): string | null {
  if (value === undefined) return isRequired ? "Give a value" : null;
  if (schema.format === jsonText) return jsonProblem(String(value));
  const { title: _title, description: _description, default: _default, ...rules } = schema;
  let reader: z.ZodType;
  try {
    reader = z.fromJSONSchema(rules as Parameters<typeof z.fromJSONSchema>[0]);
  } catch (error) {
    // A keyword that this reader does not know; the verb checks the whole schema again.
    if (error instanceof Error) return null;
    throw error;
  }
  const parsed = reader.safeParse(value);
  return parsed.success ? null : inWords(schema, parsed.error.issues[0]);
}

function jsonProblem(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return `This is not JSON: ${error.message}`;
  }
}

const typeWords: Record<string, string> = {
  integer: "a whole number",
  number: "a number",
  string: "text",
  boolean: "yes or no",
  null: "nothing",
};

function inWords(schema: RJSFSchema, issue: z.core.$ZodIssue | undefined): string {
  if (Array.isArray(schema.enum)) return `Choose one of ${schema.enum.map(String).join(", ")}`;
  const types = [schema.type ?? []].flat().filter((type) => type !== "null");
  switch (issue?.code) {
    case "too_small":
      return schema.type === "string" ? `At least ${issue.minimum} characters` : `At least ${issue.minimum}`;
    case "too_big":
      return schema.type === "string" ? `At most ${issue.maximum} characters` : `At most ${issue.maximum}`;
    case "invalid_format":
      return schema.pattern ? `This must match ${schema.pattern}` : `This is no ${issue.format}`;
    default:
      return types.length > 0
        ? `This must be ${types.map((type) => typeWords[type] ?? type).join(" or ")}`
        : (issue?.message ?? "This does not fit");
  }
}

/** Checks a flat form, field by field. */
export const paramValidator: ValidatorType<Values> = {
  validateFormData(values, schema) {
    const errors: RJSFValidationError[] = [];
    const errorSchema: Record<string, { __errors: string[] }> = {};
    for (const [name, field] of Object.entries(schema.properties ?? {})) {
      if (typeof field === "boolean") continue;
      const message = refusalOf(field, values?.[name], schema.required?.includes(name) ?? false);
      if (message === null) continue;
      errors.push({ name, property: `.${name}`, message, stack: `${name}: ${message}` });
      errorSchema[name] = { __errors: [message] };
    }
    return { errors, errorSchema: errorSchema as ErrorSchema<Values> };
  },
  isValid: (schema, values) => refusalOf(schema, values, false) === null,
  rawValidation: () => ({ errors: [] }),
};
