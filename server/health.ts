import "server-only";
import { durationText } from "@/lib/duration-text";
import type { EnvironmentFilter, Honest, SourceHealth } from "@/lib/schemas/common";
import { isSample, sampleEnvironment } from "@/lib/schemas/sample";
import type { Health, SourceDetail, SourceList } from "@/lib/schemas/status";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { flushCalls } from "./calls";
import { configuredEnvironments, env, environmentNamed, shownEnvironments } from "./env";
import { findAppError } from "./errors";
import { pingLedger } from "./ledger/db";
import { type CallRow, type SourceRow, selectCalls, selectSampleAnchor, selectSources } from "./ledger/read/sources";
import { perSecond, type Source } from "./sources/budgets";

type System = SourceDetail["system"];
const systems: System[] = ["airflow", "ecs", "glue", "events", "metrics", "logs", "warehouse", "ledger"];
const hourMs = 60 * 60_000;

/** `airflow` and `airflow:runs` are both Airflow: a source may keep several cursors. */
const systemOf = (source: string): System => systems.find((system) => source === system || source.startsWith(`${system}:`)) ?? "airflow";

/** ok while the last success is recent, with what fails now; then failed when it says why, stale when it only fell silent. */
export function judgeSource(row: SourceRow, now: Date): SourceHealth {
  const base = { name: row.source, environment: row.environment, asOf: row.succeededAt?.toISOString() ?? null };
  const age = row.succeededAt === null ? null : now.getTime() - row.succeededAt.getTime();
  const since = row.failedSince === null ? {} : { failingSince: row.failedSince.toISOString() };
  const failure = { ...since, reason: row.error ?? "It does not answer.", ...(row.remedy === null ? {} : { remedy: row.remedy }) };
  if (age !== null && age <= row.staleAfterMs) {
    if (row.failedSince !== null) return { ...base, state: "ok", ...failure };
    return { ...base, state: "ok", ...(row.remark === null ? {} : { reason: row.remark }) };
  }
  if (row.failedSince !== null) return { ...base, state: "failed", ...failure };
  return {
    ...base,
    state: "stale",
    reason: age === null ? "Not read yet." : `Nothing new for ${durationText(age)}: the collector has not read it.`,
  };
}

/**
 * What the collector reads of each configured environment: one that it has not come to yet has no row and is not left out for that; one that
 * the configuration no longer names has a row that nobody will renew.
 */
async function sourcesOf(chosen: string | undefined): Promise<SourceRow[]> {
  const rows = await selectSources();
  return shownEnvironments(chosen).flatMap((environment) =>
    configuredSources(environment).flatMap((source) => {
      const known = rows.filter((row) => row.environment === environment && systemOf(row.source) === source);
      return known.length > 0 ? known : [{ environment, source, ...unread }];
    }),
  );
}

function configuredSources(name: string): System[] {
  if (isSample(name)) return ["airflow", "logs", "ecs", "glue", "warehouse"];
  const { ecs, glue, events, warehouse } = environmentNamed(name);
  return [
    "airflow",
    "logs",
    ...(ecs.length > 0 ? (["ecs"] as const) : []),
    ...(glue.length > 0 ? (["glue"] as const) : []),
    ...(events ? (["events"] as const) : []),
    ...(ecs.length + glue.length > 0 ? (["metrics"] as const) : []),
    ...(warehouse ? (["warehouse"] as const) : []),
  ];
}

const unread = {
  succeededAt: null,
  attemptedAt: null,
  failedSince: null,
  error: null,
  remedy: null,
  remark: null,
  cursor: null,
  callsHour: null,
  calls: 0,
  staleAfterMs: 0,
};

/** What an answer rests on: now, and the state of each source that feeds it. */
export async function honest(feeding: System[], environment?: string): Promise<Honest> {
  const now = new Date();
  const rows = await sourcesOf(environment);
  const sources = rows.filter((row) => feeding.includes(systemOf(row.source))).map((row) => judgeSource(row, now));
  return { asOf: now.toISOString(), sources };
}

/** Calls in the present clock hour; null when the source was never asked. */
export function callsThisHour(row: SourceRow, now: Date): number | null {
  if (row.attemptedAt === null) return null;
  const isThisHour = row.callsHour !== null && now.getTime() - row.callsHour.getTime() < hourMs;
  return isThisHour ? row.calls : 0;
}

const isCounted = (source: string): source is Source => source in perSecond;

/** What was asked of a source in this hour, beside what may be asked. */
function spending(row: SourceRow, counts: CallRow[], now: Date): Pick<SourceDetail, "operations" | "budgetPerSecond" | "budgetShare"> {
  const own = counts.filter(({ environment, source }) => environment === row.environment && source === row.source);
  const operations = own.map(({ operation, calls, throttled, failed }) => ({ operation, calls, throttled, failed }));
  const budgetPerSecond = isCounted(row.source) ? perSecond[row.source] : null;
  const seconds = Math.max(60, (now.getTime() % hourMs) / 1000);
  const calls = operations.reduce((sum, each) => sum + each.calls, 0);
  return { operations, budgetPerSecond, budgetShare: budgetPerSecond === null ? null : calls / (budgetPerSecond * seconds) };
}

/** Each system that Penstock reads: since when, how it went, how many calls it took. */
export async function listSources(user: User, { environment }: EnvironmentFilter = {}): Promise<SourceList> {
  allow(user, "read");
  await flushCalls();
  const now = new Date();
  const [rows, counts, sampleSince] = await Promise.all([
    sourcesOf(environment),
    selectCalls(),
    env().sample ? selectSampleAnchor(sampleEnvironment) : null,
  ]);
  const items = rows.map((row): SourceDetail => {
    return {
      ...judgeSource(row, now),
      system: systemOf(row.source),
      lastAttemptAt: row.attemptedAt?.toISOString() ?? null,
      callsLastHour: callsThisHour(row, now),
      ...spending(row, counts, now),
      lagMs: row.succeededAt === null ? null : Math.max(0, now.getTime() - row.succeededAt.getTime()),
    };
  });
  return {
    items,
    nextCursor: null,
    environments: configuredEnvironments().map((name) => ({ name, isSample: isSample(name), since: isSample(name) ? sampleSince : null })),
    asOf: now.toISOString(),
    sources: rows.map((row) => judgeSource(row, now)),
  };
}

/** Liveness for whoever asks: says nothing but whether the ledger answers. */
export async function readHealth(): Promise<Health> {
  try {
    await pingLedger();
    return { status: "ok", ledger: "ok" };
  } catch (error) {
    if (findAppError(error)?.system !== "ledger") throw error;
    return { status: "degraded", ledger: "unreachable" };
  }
}
