import "server-only";
import { z } from "zod";
import { AttemptState } from "@/lib/schemas/attempt";
import type { AttemptFact, RunFact } from "@/lib/schemas/facts";
import type { PipelineParam } from "@/lib/schemas/pipeline";
import type { Listing, Page, Row } from "./airflow-adapter";

/** What answers of all versions of Airflow's REST API have in common. Only what is read is named; what a version lacks is optional. */

export const When = z.iso
  .datetime({ offset: true })
  .nullish()
  .transform((text) => (text ? new Date(text) : null));

/** What PostgreSQL keeps in no text: NUL, and half of a surrogate pair. */
const unkeepable = /\0|\p{Surrogate}/gu;

/** Airflow's own limit, in characters. */
const longestId = 250;
/** An entry of a PostgreSQL index holds 2,704 bytes: so much is left for the ids of an attempt, beside the environment's. */
const longestIdsBytes = 2_400;

export const Id = z
  .string()
  .min(1)
  .refine((text) => text.search(unkeepable) < 0, "holds a NUL or half a character")
  .refine((text) => text.length <= longestId || [...text].length <= longestId, `is longer than ${longestId} characters`);

/** Free text and parameters, with what no record can keep replaced. */
export function keepable<T>(value: T): T {
  if (typeof value === "string") return value.replace(unkeepable, "\u{fffd}") as T;
  if (Array.isArray(value)) return value.map(keepable) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [keepable(name), keepable(each)])) as T;
}

const Names = z.object({
  dag_id: z.unknown().optional(),
  dag_run_id: z.unknown().optional(),
  task_id: z.unknown().optional(),
  map_index: z.unknown().optional(),
});

/** What tells a row from all others, whether the rest of it can be read or not. */
function keyOf(row: unknown): string {
  const { dag_id, dag_run_id, task_id, map_index } = Names.safeParse(row).data ?? {};
  return typeof dag_id === "string" ? JSON.stringify([dag_id, dag_run_id, task_id, map_index]) : `? ${JSON.stringify(row)}`;
}

function nameOf(row: unknown): string | null {
  const { dag_id, dag_run_id, task_id, map_index } = Names.safeParse(row).data ?? {};
  if (typeof dag_id !== "string") return null;
  const mapped = typeof map_index === "number" && map_index >= 0 ? `[${map_index}]` : "";
  return keepable([dag_id, dag_run_id, task_id].filter((each) => typeof each === "string").join("/") + mapped);
}

/** A row that cannot be read is named, and does not keep the others from being read. @throws ZodError when the answer is no list */
export function listingOf<S extends z.ZodType, T>(answer: unknown, list: string, row: S, convert: (found: z.output<S>) => T): Listing<T> {
  const { total_entries: total, [list]: raw } = z
    .object({ total_entries: z.int32().nonnegative(), [list]: z.array(z.unknown()) })
    .parse(answer) as { total_entries: number; [list: string]: unknown };
  const rows = (raw as unknown[]).map((each): Row<T> => {
    const found = row.safeParse(each);
    const key = keyOf(each);
    return found.success ? { key, item: convert(found.data) } : { key, rejected: { id: nameOf(each), why: reason(found.error) } };
  });
  return { rows, total };
}

export function pageOf<T>({ rows, total }: Listing<T>): Page<T> {
  return {
    items: rows.flatMap((row) => ("item" in row ? [row.item] : [])),
    rejected: rows.flatMap((row) => ("rejected" in row ? [row.rejected] : [])),
    total,
  };
}

function reason(error: z.ZodError): string {
  const [issue] = error.issues;
  return `${issue?.path.join(".") || "row"}: ${issue?.message ?? "unexpected"}`.slice(0, 200);
}

export const DagRun = z.object({
  dag_id: Id,
  dag_run_id: Id,
  state: z.enum(["queued", "running", "success", "failed"]),
  run_type: z.string().nullish(),
  data_interval_start: When,
  data_interval_end: When,
  start_date: When,
  end_date: When,
  conf: z.unknown().optional(),
  note: z.string().nullish(),
});

const runTypes = new Map<unknown, RunFact["type"]>([
  ["scheduled", "scheduled"],
  ["manual", "manual"],
  ["backfill", "backfill"],
  ["dataset_triggered", "asset_triggered"],
  ["asset_triggered", "asset_triggered"],
  ["asset_materialization", "asset_triggered"],
]);

/** The part of a run that all versions tell alike. */
export function commonRun(found: z.output<typeof DagRun>) {
  const hasConf = typeof found.conf === "object" && found.conf !== null && !Array.isArray(found.conf);
  return {
    pipeline: found.dag_id,
    runId: found.dag_run_id,
    state: found.state,
    type: runTypes.get(found.run_type) ?? ("unknown" as const),
    dataIntervalStart: found.data_interval_start,
    dataIntervalEnd: found.data_interval_end,
    startedAt: found.start_date,
    endedAt: found.end_date,
    conf: hasConf ? keepable(found.conf as Record<string, unknown>) : null,
    note: keepable(found.note ?? null),
  };
}

/** Airflow 2 says "none" or nothing for no state, and had `shutdown` for a task that is told to end and begin anew. */
const otherStates = new Map<unknown, AttemptState>([
  [null, "none"],
  ["", "none"],
  ["shutdown", "restarting"],
]);

const State = z
  .string()
  .nullable()
  .transform((name): AttemptState => otherStates.get(name) ?? AttemptState.safeParse(name).data ?? "unknown");

export const TaskInstance = z
  .object({
    dag_id: Id,
    dag_run_id: Id,
    task_id: Id,
    map_index: z.int32().min(-1),
    try_number: z.int32(),
    max_tries: z.int32().nullish(),
    state: State,
    operator: z.string().nullish(),
    queued_when: When,
    start_date: When,
    end_date: When,
  })
  .refine(
    ({ dag_id, dag_run_id, task_id }) => Buffer.byteLength(dag_id + dag_run_id + task_id) <= longestIdsBytes,
    "its ids are longer than the ledger can index",
  );

export function toAttempt(found: z.output<typeof TaskInstance>): AttemptFact {
  return {
    pipeline: found.dag_id,
    runId: found.dag_run_id,
    taskId: found.task_id,
    mapIndex: found.map_index,
    tryNumber: found.try_number,
    maxTries: found.max_tries ?? null,
    state: found.state,
    operator: keepable(found.operator ?? null),
    queuedAt: found.queued_when,
    startedAt: found.start_date,
    endedAt: found.end_date,
  };
}

export const Dag = z.object({
  dag_id: Id,
  description: z.string().nullish(),
  is_paused: z.boolean(),
  owners: z.array(z.string()).nullish(),
  tags: z.array(z.object({ name: z.string() })).nullish(),
  has_import_errors: z.boolean().nullish(),
});

export function commonDag(found: z.output<typeof Dag>) {
  return {
    pipeline: found.dag_id,
    description: keepable(found.description ?? null),
    owners: keepable((found.owners ?? []).map((owner) => owner.trim())),
    tags: keepable((found.tags ?? []).map((tag) => tag.name)).sort(),
    isPaused: found.is_paused,
    hasImportErrors: found.has_import_errors ?? false,
  };
}

const Param = z.object({ value: z.unknown(), schema: z.record(z.string(), z.unknown()).nullish(), description: z.string().nullish() });

/** A parameter is `{value, schema, description}`, or a bare default in a DAG that declares no schema. */
function toParam(name: string, raw: unknown): PipelineParam {
  const param = Param.safeParse(raw);
  const isParam = param.success && typeof raw === "object" && raw !== null && "value" in raw;
  return isParam
    ? { name, description: param.data.description ?? null, value: param.data.value, schema: param.data.schema ?? {} }
    : { name, description: null, value: raw, schema: {} };
}

export const DagDetails = z.object({ dag_id: Id, doc_md: z.string().nullish(), params: z.record(z.string(), z.unknown()).nullish() });

export function commonDetails(found: z.output<typeof DagDetails>) {
  const params = Object.entries(found.params ?? {}).map(([name, raw]) => keepable(toParam(name, raw)));
  return { pipeline: found.dag_id, runbook: keepable(found.doc_md ?? null), params };
}
