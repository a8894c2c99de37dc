import "server-only";
import { z } from "zod";
import type { JoinHintFact } from "@/lib/schemas/facts";

/** XCom keys that may name a run, by how sure they are. */
export const joinXcomKeys = ["ecs_task_arn", "glue_job_run_details", "glue_job_run_id", "return_value"];

const XComPage = z.object({ xcom_entries: z.array(z.object({ key: z.string() })) });
const XCom = z.object({ value: z.unknown() });

/** Those of the task's XComs that may name a run. */
export function knownKeys(answer: unknown): string[] {
  const keys = new Set(XComPage.parse(answer).xcom_entries.map((entry) => entry.key));
  return joinXcomKeys.filter((key) => keys.has(key));
}

export const hintsOf = (answer: unknown): JoinHintFact[] => hintsIn(XCom.parse(answer).value);

const ecsArn = /arn:aws[\w-]*:ecs:[\w-]+:\d{12}:task\/(?:([\w-]+)\/)?[0-9a-f-]{32,36}/g;
const glueRunId = /^jr_[0-9a-f]{64}(_attempt_\d+)?$/;
const GlueDetails = z.object({ job_run_id: z.string(), job_name: z.string().nullish() });

/** Before 2.10 a value is what Python prints of it: `{'job_name': 'load', 'job_run_id': 'jr_…'}`. The name is URL-quoted, so it holds no quote. */
function printedDetails(text: string): unknown {
  const field = (name: string) => new RegExp(`['"]${name}['"]: ['"]([^'"]*)['"]`).exec(text)?.[1];
  const job_run_id = field("job_run_id");
  return job_run_id === undefined ? text : { job_run_id, job_name: field("job_name") };
}

/** Airflow 3.2 answers a value as the JSON text that its database holds, 3.0 as the value, 2 as what Python prints of it. */
function decoded(value: unknown): unknown {
  if (typeof value !== "string" || !/^["{[]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value.startsWith("{") ? printedDetails(value) : value;
  }
}

function jobName(quoted: string | null | undefined): string | null {
  if (!quoted) return null;
  try {
    return decodeURIComponent(quoted);
  } catch {
    return quoted;
  }
}

/** Runs that a value names: a task ARN anywhere in its text, a Glue run id, or Glue's own details. */
export function hintsIn(raw: unknown): JoinHintFact[] {
  const value = decoded(raw);
  const details = GlueDetails.safeParse(value);
  if (details.success) {
    const ref = details.data.job_run_id.trim();
    return glueRunId.test(ref) ? [{ ref, owner: jobName(details.data.job_name) }] : [];
  }
  if (typeof value !== "string") return [];
  if (glueRunId.test(value.trim())) return [{ ref: value.trim(), owner: null }];
  return [...value.matchAll(ecsArn)].map((match) => ({ ref: match[0], owner: match[1] ?? null }));
}
