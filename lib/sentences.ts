import { durationText } from "./duration-text";
import { sourceLabel } from "./format/sources";
import type { Failure } from "./schemas/attempt";
import type { Sentence, SourceHealth, Tone } from "./schemas/common";
import type { Run, RunPage } from "./schemas/run";
import type { TableState, TableSummary } from "./schemas/table";

type Part = Sentence[number];

const plain = (text: string): Part => ({ text });
const toned = (tone: Tone, text: string): Part => ({ text, tone });
const isAre = (count: number) => (count === 1 ? "is" : "are");
const many = (count: number, one: string, more = `${one}s`) => `${count} ${count === 1 ? one : more}`;

export const stateTone: Record<TableState, Tone> = {
  on_time: "ok",
  due_soon: "run",
  late: "late",
  failed: "fail",
  not_expected: "mute",
  unknown: "mute",
};

export function countStates(tables: Pick<TableSummary, "state">[]): Record<TableState, number> {
  const counts: Record<TableState, number> = { on_time: 0, due_soon: 0, late: 0, failed: 0, not_expected: 0, unknown: 0 };
  for (const { state } of tables) counts[state] += 1;
  return counts;
}

/** "Can I use the data?" in one sentence. What is not known is never counted as good. */
export function statusSentence(counts: Record<TableState, number>, sources: SourceHealth[]): Sentence {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) return [plain("No tables are configured yet."), ...behind(sources)];
  const usable = counts.on_time + counts.due_soon + counts.not_expected;
  const missing: Part[] = [];
  if (counts.late > 0) missing.push(toned("late", `${counts.late} ${isAre(counts.late)} late`));
  if (counts.failed > 0) missing.push(toned("fail", `${counts.failed} did not load`));
  if (counts.unknown > 0) missing.push(toned("mute", `${counts.unknown} ${isAre(counts.unknown)} unknown`));
  const first: Part[] =
    usable === total
      ? [toned("ok", total === 1 ? "The table can be used now" : `All ${total} tables can be used now`), plain(".")]
      : usable === 0 && counts.unknown === total
        ? [toned("mute", total === 1 ? "The table's state is unknown now" : `The state of all ${total} tables is unknown now`), plain(".")]
        : [plain(`${usable} of ${many(total, "table")} can be used now.`)];
  const isSaid = usable === total || (usable === 0 && counts.unknown === total);
  return [...first, ...(isSaid ? [] : [plain(" "), ...listed(missing), plain(".")]), ...behind(sources)];
}

export function tablesSentence(counts: Record<TableState, number>, sources: SourceHealth[]): Sentence {
  return statusSentence(counts, sources);
}

/** Whether one table can be used, through when, and since when it is so. */
export function tableSentence(table: TableSummary): Sentence {
  const name = ` ${table.table} `;
  switch (table.state) {
    case "on_time":
      return [toned("ok", "Yes."), plain(`${name}is on time`), ...held(table)];
    case "due_soon":
      return [
        toned("ok", "Yes,"),
        plain(`${name}can be used`),
        ...held(table),
        plain(" Its "),
        toned("run", "next load is due"),
        plain("."),
      ];
    case "not_expected":
      return [
        toned("ok", "Yes."),
        plain(table.expectedZone === null ? `${name}has no deadline` : `${name}expects no load today`),
        ...held(table),
      ];
    case "late":
      return [
        toned("late", "Not yet."),
        plain(`${name}is ${table.lateByMs === null ? "" : `${durationText(table.lateByMs)} `}late`),
        ...held(table),
      ];
    case "failed":
      return [toned("fail", "Not yet."), plain(` The run that loads${name}failed. It`), ...held(table, "")];
    case "unknown":
      return [toned("mute", "Unknown."), plain(` Nobody can say now whether${name}can be used. ${table.reason}`)];
  }
}

function held(table: TableSummary, and = " and"): Part[] {
  const through: Part[] = table.dataThrough === null ? [] : [plain(`${and} holds data through `), dayPart(table.dataThrough)];
  const since: Part[] = table.loadedAt === null ? [] : [plain(" Last loaded "), { text: table.loadedAt, at: table.loadedAt }, plain(".")];
  const start = through.length === 0 && and === "" ? [plain(" was not loaded")] : through;
  return [...start, plain("."), ...since];
}

/** What needs somebody, and in which way. */
export function runsSentence(counts: RunPage["counts"], sources: SourceHealth[], hasRuns = true): Sentence {
  if (!hasRuns) return [toned("mute", "No run has been seen yet"), plain("."), ...behind(sources)];
  const needing = counts.failed + counts.overrunning + counts.queuedLong;
  const ways = [
    counts.failed > 0 && `${counts.isMore ? "more than " : ""}${counts.failed} failed`,
    counts.overrunning > 0 && `${counts.overrunning} ${counts.overrunning === 1 ? "takes" : "take"} longer than usual`,
    counts.queuedLong > 0 && `${counts.queuedLong} ${counts.queuedLong === 1 ? "waits" : "wait"} too long`,
  ].filter(Boolean);
  const parts: Part[] =
    needing === 0
      ? [toned("ok", "Nothing needs you"), plain(".")]
      : [
          toned("fail", `${counts.isMore ? "More than " : ""}${many(needing, "run")} ${needing === 1 ? "needs" : "need"} somebody`),
          plain(`: ${ways.join(", ")}.`),
        ];
  const active = [counts.running > 0 ? `${counts.running} running` : "", counts.queued > 0 ? `${counts.queued} queued` : ""].filter(
    (text) => text !== "",
  );
  if (active.length > 0) parts.push(plain(" "), toned("run", active.join(", ")), plain("."));
  parts.push(plain(counts.succeededToday === 0 ? " None went well yet today." : ` ${counts.succeededToday} went well today.`));
  return [...parts, ...behind(sources)];
}

/** What happened in one run. `now` in milliseconds; `endsAt` where it can be told. */
export function runSentence(run: Run, failure: Failure | null, now: number, endsAt: string | null = null): Sentence {
  const took = run.durationMs === null ? "" : ` after ${durationText(run.durationMs)}`;
  switch (run.state) {
    case "queued":
      return [
        toned("mute", "Waiting to start"),
        plain(run.queuedAt === null ? "." : `, for ${durationText(now - Date.parse(run.queuedAt))}.`),
      ];
    case "running": {
      const soFar = run.startedAt === null ? "" : ` for ${durationText(now - Date.parse(run.startedAt))}`;
      const done = `: ${run.taskCounts.done} of ${many(run.taskCounts.total, "task")} done`;
      if (endsAt !== null)
        return [toned("run", `Running${soFar}`), plain(`${done}, all by about `), { text: endsAt, at: endsAt }, plain(".")];
      const usual = run.usual === null ? "" : `; it usually takes ${durationText(run.usual.p50Ms)}`;
      return [toned("run", `Running${soFar}`), plain(`${done}${usual}.`)];
    }
    case "success":
      return [toned("ok", `Succeeded${took}`), plain(run.tables.length === 0 ? "." : `; wrote ${many(run.tables.length, "table")}.`)];
    case "failed":
      return failure === null
        ? [toned("fail", `Failed${took}`), plain(".")]
        : [toned("fail", `Failed${took}`), plain(": "), plain(`${failure.taskId}, ${lowerFirst(failure.title)}.`)];
  }
}

/** A run that Airflow has no more: what it was when it was last seen. */
export function goneRunSentence(run: Run, failure: Failure | null, now: number): Sentence {
  if (run.state === "queued" || run.state === "running")
    return [toned("mute", `Deleted in Airflow while it was ${run.state}`), plain(": how it ended is not known.")];
  return [...runSentence(run, failure, now), plain(" Deleted in Airflow since; this is what Penstock has kept.")];
}

export function gonePipelineSentence(pipeline: string): Sentence {
  return [plain(`${pipeline} is `), toned("mute", "deleted in Airflow"), plain(", or has another name there; its runs are kept here.")];
}

type PipelineCounts = { total: number; failing: number; paused: number; broken: number };

export function pipelinesSentence({ total, failing, paused, broken }: PipelineCounts, sources: SourceHealth[]): Sentence {
  const lost: Part[] = broken > 0 ? [plain(" "), toned("fail", `${many(broken, "file")} cannot be imported`), plain(".")] : [];
  if (total === 0) return [plain("No pipelines are known yet."), ...lost, ...behind(sources)];
  const first: Part[] =
    failing === 0
      ? [plain(`${many(total, "pipeline")}; `), toned("ok", "the last run of none failed"), plain(".")]
      : [plain(`${many(total, "pipeline")}; `), toned("fail", `the last run of ${failing} failed`), plain(".")];
  return [...first, ...lost, ...(paused > 0 ? [plain(` ${paused} ${isAre(paused)} paused.`)] : []), ...behind(sources)];
}

type Shown = {
  pipeline: string;
  isPaused: boolean;
  lastRun: { state: string; endedAt: string | null } | null;
  recentRuns?: { state: string }[];
  nextRunAt: string | null;
};

const longestName = 60;

/** The last run against those before it. `recentRuns` newest first; its last run stands first. */
export function pipelineSentence(pipeline: Shown, now: number): Sentence {
  const parts: Part[] = [];
  const { lastRun } = pipeline;
  const characters = [...pipeline.pipeline]; // a character may be two code units, of which half is none
  const name = characters.length > longestName ? `${characters.slice(0, longestName - 1).join("")}…` : pipeline.pipeline;
  if (lastRun === null) parts.push(plain(`${name} has not run yet.`));
  else if (lastRun.state === "failed") parts.push(...failedRuns(name, lastRun.endedAt, pipeline.recentRuns ?? []));
  else if (lastRun.state === "success") parts.push(toned("ok", `The last run of ${name} succeeded`), ...ended(lastRun.endedAt));
  else parts.push(toned("run", lastRun.state === "running" ? `${name} is running now` : `A run of ${name} is queued`), plain("."));
  if (pipeline.isPaused) parts.push(plain(" "), toned("mute", "It is paused"), plain(": nothing starts by schedule."));
  else if (pipeline.nextRunAt !== null)
    parts.push(
      plain(Date.parse(pipeline.nextRunAt) > now ? " Next by schedule " : " The next was due "),
      { text: pipeline.nextRunAt, at: pipeline.nextRunAt },
      plain("."),
    );
  return parts;
}

function failedRuns(name: string, endedAt: string | null, recent: { state: string }[]): Part[] {
  const states = recent.map(({ state }) => state);
  const failed = lengthOf(states, "failed");
  if (failed > 1) return [toned("fail", `The last ${failed} runs of ${name} failed`), ...ended(endedAt, ", the newest ")];
  const good = lengthOf(states.slice(1), "success");
  return [toned("fail", `The last run of ${name} failed`), ...ended(endedAt, " ", good > 1 ? ` after ${good} good runs.` : ".")];
}

/** How many of the first are in that state. */
function lengthOf(states: string[], state: string): number {
  const other = states.findIndex((each) => each !== state);
  return other < 0 ? states.length : other;
}

function ended(at: string | null, before = " ", after = "."): Part[] {
  return at === null ? [plain(after)] : [plain(before), { text: at, at }, plain(after)];
}

/** Names the sources that are not current, once. */
const inOneBreath = (names: string[]) => [names.slice(0, -1).join(", "), ...names.slice(-1)].filter(Boolean).join(" and ");

function behind(sources: SourceHealth[]): Part[] {
  const names = [...new Set(sources.filter((source) => source.state !== "ok").map((source) => systemName(source.name)))];
  if (names.length === 0) return [];
  return [
    plain(" "),
    toned("late", `${inOneBreath(names)} ${isAre(names.length)} behind`),
    plain(": what depends on it may be older than it looks."),
  ];
}

/** Whether what feeds Penstock can be read: a source that fails is named before its last reading is old. */
export function sourcesSentence(sources: SourceHealth[]): Sentence {
  const hasMany = new Set(sources.map(({ environment }) => environment)).size > 1;
  const named = (some: SourceHealth[]) =>
    [...new Set(some.map(({ name, environment }) => `${sourceLabel(name)}${hasMany ? ` of ${environment}` : ""}`))].join(", ");
  const old = sources.filter(({ state }) => state !== "ok");
  const failing = sources.filter(({ state, failingSince }) => state === "ok" && failingSince !== undefined);
  if (old.length + failing.length === 0) return [toned("ok", `All ${sources.length} sources are current`), plain(".")];
  return [
    ...(old.length === 0
      ? []
      : [toned("fail", `${many(old.length, "source")} ${isAre(old.length)} behind`), plain(`, of ${sources.length}: ${named(old)}.`)]),
    ...(old.length === 0 || failing.length === 0 ? [] : [plain(" ")]),
    ...(failing.length === 0
      ? []
      : [
          toned("late", `${many(failing.length, "source")} ${failing.length === 1 ? "fails" : "fail"} now`),
          plain(`: ${named(failing)}; what was read last is still current.`),
        ]),
  ];
}

const names: Record<string, string> = {
  airflow: "Airflow",
  ecs: "ECS",
  glue: "Glue",
  logs: "CloudWatch Logs",
  warehouse: "The warehouse",
  ledger: "The ledger",
};

export function systemName(source: string): string {
  return names[source.split(":")[0] ?? source] ?? source;
}

function listed(parts: Part[]): Part[] {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [plain(", "), part]));
}

/** A day stays the day that the data names; an instant is shown in the reader's zone. */
function dayPart(through: string): Part {
  if (/^\d{4}-\d{2}-\d{2}$/.test(through)) return plain(dayText(through));
  return Number.isNaN(Date.parse(through)) ? plain(through) : { text: through, at: new Date(through).toISOString() };
}

/** `Sun 22 Nov 2026` */
function dayText(date: string): string {
  const parts = new Intl.DateTimeFormat("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  }).formatToParts(new Date(`${date}T00:00:00Z`));
  return ["weekday", "day", "month", "year"].map((type) => parts.find((part) => part.type === type)?.value ?? "").join(" ");
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
