import "server-only";
import Ajv, { type ErrorObject } from "ajv";
import addFormats from "ajv-formats";
import type { PipelineParam } from "@/lib/schemas/pipeline";
import { AppError } from "./errors";

// Airflow's own keywords (`values_display`, `const` beside `type`…) are not JSON Schema: unknown ones are ignored, as Airflow does.
const ajv = addFormats(new Ajv({ strict: false, allErrors: true, validateFormats: true }));

/**
 * Checks what was given against the DAG's parameters as Airflow would: each with its own JSON schema, defaults where nothing is given.
 * @throws AppError `invalid` naming each field that is refused
 */
export function checkParams(params: PipelineParam[], given: Record<string, unknown>): void {
  const known = params.map((param) => param.name);
  const fields = Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      name,
      message: known.length === 0 ? "this pipeline takes no parameters" : `not a parameter; known: ${known.join(", ")}`,
    }));
  for (const param of params) {
    const value = Object.hasOwn(given, param.name) ? given[param.name] : param.value;
    const message = refusal(param, value);
    if (message !== null) fields.push({ name: param.name, message });
  }
  if (fields.length === 0) return;
  const [first] = fields;
  throw new AppError(
    "invalid",
    fields.length === 1 && first ? `${first.name}: ${first.message}` : `${fields.length} parameters are refused`,
    {
      remedy: "Correct the named fields. Nothing was started.",
      fields,
    },
  );
}

function refusal(param: PipelineParam, value: unknown): string | null {
  if (Object.keys(param.schema).length === 0) return null;
  let validate: ReturnType<typeof ajv.compile>;
  try {
    validate = ajv.compile(param.schema);
  } catch (error) {
    // Airflow checks it again: a schema that only this side cannot read must not stop a run.
    if (error instanceof Error && /schema|keyword|reference/i.test(error.message)) return null;
    throw error;
  } finally {
    // Kept schemas would pile up, and one with an id would be refused at its second coming.
    ajv.removeSchema(param.schema);
  }
  return validate(value) ? null : (validate.errors ?? []).map(describe).join("; ");
}

function describe(error: ErrorObject): string {
  const at = error.instancePath === "" ? "" : `${error.instancePath.slice(1).replaceAll("/", ".")} `;
  if (error.keyword === "enum")
    return `${at}must be one of ${(error.params as { allowedValues: unknown[] }).allowedValues.map(String).join(", ")}`;
  return `${at}${error.message ?? "is not valid"}`;
}
