import "server-only";
import { z } from "zod";
import { FailureClass } from "@/lib/schemas/attempt";
import { UsdText } from "@/lib/schemas/common";
import data from "./company.json";

const whole = z.number().int();
const Time = z.string().regex(/^\d{2}:\d{2}$/);
const Quantiles = z.array(z.tuple([whole, whole])).min(2);
const Days = z.enum(["all", "working"]);

const Schedule = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("interval"), everyMinutes: whole, offsetMinutes: whole }),
  z.strictObject({ kind: z.literal("daily"), at: Time, days: Days }),
  z.strictObject({ kind: z.literal("monthly"), on: z.union([z.enum(["first_working", "last_working"]), whole]), at: Time }),
  z.strictObject({ kind: z.literal("assets"), after: z.array(z.string()).min(1) }),
]);

const common = { id: z.string(), after: z.array(z.string()), source: z.string().optional(), skipPpm: whole.optional() };
/** Seconds at the 0th, 50th, 90th, 99th and 100th percentile. */
const work = z.tuple([whole, whole, whole, whole, whole]);

const Task = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("python"), ...common, work }),
  z.strictObject({ kind: z.literal("mapped"), ...common, work, slots: whole, slotSeconds: whole }),
  z.strictObject({ kind: z.literal("sensor"), ...common, source: z.string(), lateness: z.string(), timeoutMinutes: whole }),
  z.strictObject({ kind: z.literal("ecs"), ...common, work, definition: z.string(), spot: z.boolean().optional() }),
  z.strictObject({ kind: z.literal("glue"), ...common, work, job: z.string() }),
]);
export type Task = z.infer<typeof Task>;

const Pipeline = z.strictObject({
  id: z.string(),
  owner: z.string(),
  zone: z.string(),
  calendar: z.string(),
  description: z.string(),
  schedule: Schedule,
  retries: whole,
  retryDelaySeconds: whole,
  flakiness: whole,
  growthPer100Days: whole,
  tasks: z.array(Task).min(1),
  mapWidth: z.array(whole).length(24).optional(),
  fromDay: whole.optional(),
  untilDay: whole.optional(),
});
export type Pipeline = z.infer<typeof Pipeline>;

const Table = z.strictObject({
  name: z.string(),
  task: z.string(),
  rows: whole,
  pipeline: z.string(),
  updatedPermille: whole,
  expect: z.strictObject({ by: Time, days: Days, graceMinutes: whole }).optional(),
  warnAfterMinutes: whole.optional(),
  errorAfterMinutes: whole.optional(),
});
export type Table = z.infer<typeof Table>;

const since = { fromDay: whole, fromTime: Time };
const window = { ...since, toDay: whole, toTime: Time };
const Effect = z.discriminatedUnion("effect", [
  z.strictObject({
    effect: z.literal("fail"),
    class: FailureClass,
    ppm: whole,
    tasks: z.array(z.string()).optional(),
    source: z.string().optional(),
    spot: z.boolean().optional(),
    ...window,
  }),
  z.strictObject({ effect: z.literal("zero_rows"), tables: z.array(z.string()), ...window }),
  z.strictObject({ effect: z.literal("old_data"), tables: z.array(z.string()), daysBack: whole, ...window }),
  z.strictObject({ effect: z.literal("memory_growth"), family: z.string(), mibPerDay: whole, ...window }),
  z.strictObject({ effect: z.literal("pause"), pipeline: z.string(), ...window }),
  z.strictObject({ effect: z.literal("stuck_queue"), ...window }),
  z.strictObject({ effect: z.literal("collector_away"), ...window }),
  z.strictObject({
    effect: z.literal("backfill"),
    pipeline: z.string(),
    fromDate: whole,
    toDate: whole,
    at: Time,
    spacingSeconds: whole,
  }),
  z.strictObject({ effect: z.literal("upgrade"), ...since }),
  z.strictObject({ effect: z.literal("price_change"), ...since }),
]);
export type Effect = z.infer<typeof Effect>;

const Event = z.strictObject({
  id: z.string(),
  title: z.string(),
  day: whole.nullable(),
  onWorkingDay: z.boolean().optional(),
  cause: z.string(),
  effects: z.array(Effect),
});
export type Event = z.infer<typeof Event>;

const Definition = z.strictObject({
  family: z.string(),
  container: z.string(),
  repository: z.string(),
  architecture: z.enum(["X86_64", "ARM64"]),
  memoryUseMib: whole,
  revisions: z.array(
    z.strictObject({ revision: whole, day: whole, cpuUnits: whole, memoryMib: whole, imageTag: z.string(), durationPermille: whole }),
  ),
});
export type Definition = z.infer<typeof Definition>;

const GlueJob = z.strictObject({
  name: z.string(),
  workerType: z.enum(["G.1X", "G.2X"]),
  numberOfWorkers: whole,
  timeoutMinutes: whole,
  executionClass: z.enum(["STANDARD", "FLEX"]),
  meteredPermille: whole.nullable(),
});
export type GlueJob = z.infer<typeof GlueJob>;

/** As in `create table`. */
const Column = z.string().regex(/^[a-z_]+ \S/);

const Compute = z.strictObject({ vcpuHour: UsdText, gbHour: UsdText });
const kinds = z.enum(["ecs", "glue", "python", "mapped"]);

const Company = z.strictObject({
  name: z.string(),
  airflow: z.strictObject({ mwaaName: z.string(), before: z.string(), after: z.string(), taskLogGroup: z.string() }),
  account: z.string(),
  region: z.string(),
  cluster: z.string(),
  zones: z.array(z.string()),
  calendars: z.record(z.string(), z.string()),
  owners: z.array(z.strictObject({ id: z.string(), name: z.string(), zone: z.string(), people: z.array(z.string()).min(1) })),
  volume: z.strictObject({
    weekdays: z.record(z.enum(["sun", "mon", "tue", "wed", "thu", "fri", "sat"]), whole),
    months: z.array(whole).length(12),
    hours: z.array(whole).length(24),
  }),
  peaks: z.array(whole).length(24),
  distributions: z.record(z.string(), Quantiles),
  failures: z.record(kinds, z.array(z.tuple([FailureClass, whole]))),
  sticky: z.array(FailureClass),
  executionTimeoutMinutes: whole,
  prices: z.array(
    z.strictObject({
      fromDay: whole.nullable(),
      asOfDay: whole,
      fargate: z.strictObject({ x86_64: Compute, arm64: Compute, ephemeralGbHour: UsdText }),
      glue: z.strictObject({ standardDpuHour: UsdText, flexDpuHour: UsdText }),
    }),
  ),
  events: z.array(Event),
  definitions: z.array(Definition),
  glueJobs: z.array(GlueJob),
  columns: z.strictObject({ last: z.array(Column), schemas: z.record(z.string(), z.array(Column)) }),
  schemaVersions: z.array(z.strictObject({ table: z.string(), day: whole, at: Time, before: z.array(Column), after: z.array(Column) })),
  holidays: z.record(z.string(), z.array(z.string())),
  pipelines: z.array(Pipeline),
  tables: z.array(Table),
});

/** The company as `company.json` describes it; what its figures mean is in docs/sample-simulation.md. */
export const company = Company.parse(data);

const by = <T>(items: T[], key: (item: T) => string) => new Map(items.map((item) => [key(item), item]));
const definitions = by(company.definitions, ({ family }) => family);
const jobs = by(company.glueJobs, ({ name }) => name);
const pipelines = by(company.pipelines, ({ id }) => id);

function known<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new Error(`company.json names ${what}, and has no such thing`);
  return found;
}

export const pipelineOf = (id: string) => known(pipelines.get(id), id);
export const definitionOf = (family: string) => known(definitions.get(family), family);
export const jobOf = (name: string) => known(jobs.get(name), name);
export const ownerOf = (pipeline: Pipeline) =>
  known(
    company.owners.find(({ id }) => id === pipeline.owner),
    pipeline.owner,
  );
export const distribution = (name: string) => known(company.distributions[name], name);
export const tablesOf = (pipeline: string, task: string) =>
  company.tables.filter((table) => table.pipeline === pipeline && table.task === task);
