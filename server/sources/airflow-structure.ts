import "server-only";
import { z } from "zod";
import { isZone } from "@/lib/format/time";
import type { DagVersionFact, DagWarningFact, HeartbeatFact, ImportErrorFact, PoolFact } from "@/lib/schemas/facts";
import type { PipelineTask, TaskGroup } from "@/lib/schemas/structure";
import type { Asked, Listing, Slice, TaskKey } from "./airflow-adapter";
import { Id, keepable, listingOf, When } from "./airflow-answers";
import { instancePath, path, taskPath } from "./airflow-paths";

/** What a DAG's details say beside its runbook. `fileToken`: Airflow 2's name of its file, to ask for the code. */
export interface DagDetailsFact {
  file: string | null;
  fileToken: string | null;
  version: string | null;
  bundleVersion: string | null;
  /** The time zone that its schedule is meant in, as the tz database names it. */
  zone: string | null;
  maxActiveRuns: number | null;
  maxActiveTasks: number | null;
}

/** What is asked about DAGs and about Airflow itself, in one version of its API. */
export interface StructureAdapter {
  /** Null: this Airflow numbers no versions. */
  versions: ((slice: Slice) => Asked<Listing<DagVersionFact>>) | null;
  details(pipeline: string): Asked<DagDetailsFact>;
  tasks(pipeline: string): Asked<{ tasks: PipelineTask[]; groups: TaskGroup[] }>;
  code(pipeline: string, details: DagDetailsFact): Asked<string>;
  pools(slice: Slice): Asked<Listing<PoolFact>>;
  importErrors(slice: Slice): Asked<Listing<ImportErrorFact>>;
  warnings(slice: Slice): Asked<Listing<DagWarningFact>>;
  health(): Asked<HeartbeatFact[]>;
  /** As rendered for the newest try. */
  rendered(task: TaskKey): Asked<Record<string, unknown>>;
  xcomKeys(task: TaskKey): Asked<string[]>;
  xcom(task: TaskKey, key: string): Asked<unknown>;
}

const Task = z.object({
  task_id: Id,
  downstream_task_ids: z.array(z.string()).nullish(),
  operator_name: z.string().nullish(),
  class_ref: z.object({ class_name: z.string().nullish() }).nullish(),
  pool: z.string().nullish(),
  pool_slots: z.number().nullish(),
  retries: z.number().nullish(),
  trigger_rule: z.string().nullish(),
  is_mapped: z.boolean().nullish(),
  depends_on_past: z.boolean().nullish(),
});
const Tasks = z.object({ tasks: z.array(Task) });

const parentOf = (id: string) => (id.includes(".") ? id.slice(0, id.lastIndexOf(".")) : null);
const labelOf = (id: string) => id.slice(id.lastIndexOf(".") + 1);

/** A task in a group is named after it: `group.task`. The API tells of groups in no other way. */
function structureOf(answer: unknown): { tasks: PipelineTask[]; groups: TaskGroup[] } {
  const found = Tasks.parse(answer).tasks;
  const upstream = new Map<string, string[]>();
  for (const { task_id, downstream_task_ids } of found)
    for (const below of downstream_task_ids ?? []) upstream.set(below, [...(upstream.get(below) ?? []), task_id]);
  const tasks = found.map(
    (task): PipelineTask => ({
      taskId: task.task_id,
      label: labelOf(task.task_id),
      operator: keepable(task.operator_name ?? task.class_ref?.class_name ?? null),
      groupId: parentOf(task.task_id),
      upstream: (upstream.get(task.task_id) ?? []).sort(),
      isMapped: task.is_mapped ?? false,
      pool: keepable(task.pool ?? null),
      poolSlots: task.pool_slots ?? null,
      retries: task.retries ?? null,
      triggerRule: task.trigger_rule ?? null,
      ...(task.depends_on_past ? { dependsOnPast: true } : {}),
    }),
  );
  const ids = new Set<string>();
  for (const { groupId } of tasks) for (let id = groupId; id !== null; id = parentOf(id)) ids.add(id);
  const groups = [...ids].sort().map((groupId) => ({ groupId, label: labelOf(groupId), parentId: parentOf(groupId) }));
  return { tasks: tasks.sort((a, b) => (a.taskId < b.taskId ? -1 : 1)), groups };
}

/** Longer ones cannot be indexed by the ledger. */
const longestFile = 1_000;
const longestTrace = 20_000;

const Details = z.object({
  fileloc: z.string().nullish(),
  relative_fileloc: z.string().nullish(),
  file_token: z.string().nullish(),
  bundle_version: z.string().nullish(),
  timezone: z.string().nullish(),
  max_active_runs: z.number().int().nullish(),
  max_active_tasks: z.number().int().nullish(),
  latest_dag_version: z.object({ version_number: z.number().int(), bundle_version: z.string().nullish() }).nullish(),
});

/** Older ones write `Timezone('Europe/Berlin')`. */
function zoneOf(told: string | null | undefined): string | null {
  const name = /^Timezone\('(.+)'\)$/.exec(told ?? "")?.[1] ?? told;
  return isZone(name) ? name : null;
}

function detailsOf(answer: unknown): DagDetailsFact {
  const found = Details.parse(answer);
  const latest = found.latest_dag_version;
  return {
    // As import errors name it: Airflow 3 within its bundle.
    file: keepable((found.relative_fileloc ?? found.fileloc ?? null)?.slice(0, longestFile) ?? null),
    fileToken: found.file_token ?? null,
    version: latest ? String(latest.version_number) : null,
    bundleVersion: latest?.bundle_version ?? found.bundle_version ?? null,
    zone: zoneOf(found.timezone),
    maxActiveRuns: found.max_active_runs ?? null,
    maxActiveTasks: found.max_active_tasks ?? null,
  };
}

const Code = z.object({ content: z.string().nullish() });
/** Airflow 2 answers the text itself to who does not ask for JSON. */
const codeOf = (answer: unknown) => keepable(typeof answer === "string" ? answer : (Code.parse(answer).content ?? ""));

const Pool = z.object({
  name: z.string(),
  slots: z.number().int(),
  occupied_slots: z.number().int(),
  running_slots: z.number().int(),
  queued_slots: z.number().int(),
  scheduled_slots: z.number().int().nullish(),
});

const toPool = (found: z.output<typeof Pool>): PoolFact => ({
  name: keepable(found.name),
  // −1 stands for "as many as there are".
  slots: found.slots < 0 ? null : found.slots,
  occupied: found.occupied_slots,
  running: found.running_slots,
  queued: found.queued_slots,
  scheduled: found.scheduled_slots ?? 0,
});

const ImportError = z.object({
  import_error_id: z.number().int(),
  filename: z.string().nullish(),
  stack_trace: z.string().nullish(),
  timestamp: When,
});

const toImportError = (found: z.output<typeof ImportError>): ImportErrorFact => ({
  errorId: String(found.import_error_id),
  file: keepable((found.filename ?? "").slice(0, longestFile)),
  // The end of a traceback says what is wrong.
  text: keepable((found.stack_trace ?? "").slice(-longestTrace)),
  at: found.timestamp,
});

const Warning = z.object({ dag_id: Id, warning_type: z.string(), message: z.string().nullish(), timestamp: When });

const toWarning = (found: z.output<typeof Warning>): DagWarningFact => ({
  pipeline: found.dag_id,
  kind: keepable(found.warning_type),
  text: keepable(found.message ?? ""),
  at: found.timestamp,
});

const Part = z.object({ status: z.string().nullish() }).loose().nullish();
const Health = z.object({ metadatabase: Part, scheduler: Part, triggerer: Part, dag_processor: Part });

/** A part that the environment does not have says nothing of itself. */
function healthOf(answer: unknown): HeartbeatFact[] {
  const found = Health.parse(answer);
  return (["metadatabase", "scheduler", "triggerer", "dag_processor"] as const).map((part): HeartbeatFact => {
    const said = found[part];
    const beat = When.safeParse(said?.[`latest_${part}_heartbeat`]).data ?? null;
    const state = said?.status === "healthy" || said?.status === "unhealthy" ? said.status : null;
    return { part, state, at: beat?.toISOString() ?? null };
  });
}

const Version = z.object({ dag_id: Id, version_number: z.number().int(), bundle_version: z.string().nullish(), created_at: When });

/** The ledger's first moment stands for a version of which Airflow does not say since when it is. */
const toVersion = (found: z.output<typeof Version>): DagVersionFact => ({
  pipeline: found.dag_id,
  version: String(found.version_number),
  bundleVersion: found.bundle_version ?? null,
  firstSeenAt: found.created_at ?? new Date(0),
});

const Rendered = z.object({ rendered_fields: z.record(z.string(), z.unknown()).nullish() });
const XcomPage = z.object({ xcom_entries: z.array(z.object({ key: z.string() })) });
const Xcom = z.object({ value: z.unknown() });

const get = <T>(to: string, read: (answer: unknown) => T, query?: Record<string, string | number | boolean>): Asked<T> => ({
  request: { method: "GET", path: to, ...(query ? { query } : {}) },
  read,
});

const common = {
  details: (pipeline: string) => get(path`/dags/${pipeline}/details`, detailsOf),
  tasks: (pipeline: string) => get(path`/dags/${pipeline}/tasks`, structureOf),
  pools: (slice: Slice) => get("/pools", (answer) => listingOf(answer, "pools", Pool, toPool), { ...slice }),
  importErrors: (slice: Slice) =>
    get("/importErrors", (answer) => listingOf(answer, "import_errors", ImportError, toImportError), { ...slice }),
  warnings: (slice: Slice) => get("/dagWarnings", (answer) => listingOf(answer, "dag_warnings", Warning, toWarning), { ...slice }),
  rendered: (task: TaskKey) => get(instancePath(task), (answer) => Rendered.parse(answer).rendered_fields ?? {}),
  xcomKeys: (task: TaskKey) =>
    get(`${taskPath(task)}/xcomEntries`, (answer) => XcomPage.parse(answer).xcom_entries.map(({ key }) => key), {
      map_index: task.mapIndex,
      limit: 100,
    }),
};

export const structureV2: StructureAdapter = {
  ...common,
  versions: (slice) =>
    get("/dags/~/dagVersions", (answer) => listingOf(answer, "dag_versions", Version, toVersion), { ...slice, order_by: "-id" }),
  // The file of that version, which may have changed since.
  code: (pipeline, { version }) =>
    get(path`/dagSources/${pipeline}`, codeOf, version === null ? undefined : { version_number: Number(version) }),
  health: () => get("/monitor/health", healthOf),
  xcom: (task, key) =>
    get(`${taskPath(task)}${path`/xcomEntries/${key}`}`, (answer) => Xcom.parse(answer).value, { map_index: task.mapIndex }),
};

/** `hasValues`: since 2.10 XComs are answered as values. */
export const structureV1 = (hasValues: boolean): StructureAdapter => ({
  ...common,
  versions: null,
  code: (_, { fileToken }) => get(path`/dagSources/${fileToken ?? ""}`, codeOf),
  health: () => get("/health", healthOf),
  xcom: (task, key) =>
    get(`${taskPath(task)}${path`/xcomEntries/${key}`}`, (answer) => Xcom.parse(answer).value, {
      map_index: task.mapIndex,
      ...(hasValues ? { stringify: false } : {}),
    }),
});
