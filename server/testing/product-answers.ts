import "server-only";
import type { Attempt } from "@/lib/schemas/attempt";
import type { CostTotal } from "@/lib/schemas/cost";
import type { Run, RunDetail } from "@/lib/schemas/run";
import { sampleEnvironment as environment } from "@/lib/schemas/sample";
import type { TableLoad } from "@/lib/schemas/table";
import { getAttempt } from "@/server/attempts";
import { AppError } from "@/server/errors";
import { getRun, listRuns } from "@/server/runs";
import { getTable, listTableLoads } from "@/server/tables";
import { people } from "./facts";
import type { Answered } from "./oracle";

const { viewer } = people;

/** What a viewer is told about the things that the oracle was asked about, in the oracle's words. */
export class ProductAnswers {
  readonly #runs = new Map<string, Promise<RunDetail | null>>();
  readonly #pipelines = new Map<string, Promise<Run[]>>();
  readonly #tables = new Map<string, Promise<TableLoad[]>>();

  answer(question: Answered): Promise<unknown> {
    const kinds: Record<string, (question: Answered) => Promise<unknown>> = {
      run: async (q) => runFacts((await this.#run(q))?.run ?? null),
      try: async (q) => tryFacts(await this.#attempt(q)),
      container: async (q) => containerFacts(await this.#attempt(q)),
      glue_run: async (q) => glueFacts(await this.#attempt(q)),
      failure_class: (q) => this.#failureClass(q),
      try_cost: async (q) => tryCost(await this.#attempt(q)),
      run_cost: async (q) => runCost((await this.#run(q))?.run ?? null),
      pipeline_day: (q) => this.#pipelineDay(q),
      load: async (q) => loadFacts((await this.#run(q))?.loads.find((load) => load.table === q.table) ?? null),
      last_load: (q) => this.#lastLoad(q),
      lateness: (q) => this.#lateness(q),
    };
    const kind = kinds[question.kind];
    if (!kind) throw new Error(`no such kind of question: ${question.kind}`);
    return kind(question);
  }

  #run({ pipeline, runId }: Answered): Promise<RunDetail | null> {
    return once(this.#runs, `${pipeline} ${runId}`, () => getRun(viewer, { environment, pipeline, runId }).catch(nullIfNotFound));
  }

  async #attempt(question: Answered): Promise<Attempt | null> {
    const attempts = (await this.#run(question))?.attempts ?? [];
    const { task, mapIndex } = question;
    return attempts.find((each) => each.taskId === task && each.mapIndex === mapIndex && each.tryNumber === question.try) ?? null;
  }

  async #failureClass(question: Answered): Promise<string | null> {
    const attempt = await this.#attempt(question);
    return attempt && ((await getAttempt(viewer, attempt.id)).failure?.class ?? null);
  }

  async #pipelineDay({ pipeline, date }: Answered) {
    const runs = await once(this.#pipelines, pipeline, () => allRuns(pipeline));
    const begun = runs.filter((run) => run.runAfter?.startsWith(date));
    const states: Record<string, number> = {};
    for (const { state } of begun) states[state] = (states[state] ?? 0) + 1;
    const ended = begun.filter((run) => run.endedAt !== null);
    return { states, ...totalOf(ended.map((run) => run.cost)) };
  }

  async #lastLoad({ table }: Answered) {
    const { dataThrough, loadedAt } = (await getTable(viewer, environment, table)).table;
    return loadedAt === null ? null : { loadedAt, dataThrough };
  }

  /** By the load that served the deadline of a date: the oracle says which instant that is, and which attempts made it late. */
  async #lateness({ table, answer }: Answered) {
    if (answer === null) return null;
    const truth = answer as Lateness;
    const { expectedBy } = truth;
    const loads = await once(this.#tables, table, () => allLoads(table));
    const why = await Promise.all(truth.why.map((step) => this.#step(step)));
    // A load has one deadline: one that none was for is met by the first load for a later one.
    const serving = loads.filter((each) => each.expectedBy !== null && each.expectedBy >= expectedBy);
    const load = serving.sort((one, other) => (one.finishedAt < other.finishedAt ? -1 : 1))[0];
    if (!load) return { ...truth, arrivedAt: null, runId: null, why };
    const arrived = { expectedBy, arrivedAt: load.finishedAt, runId: load.runId, why };
    if (load.expectedBy !== expectedBy) return { ...arrived, late: true, lateByMs: msBetween(expectedBy, load.finishedAt) };
    return { ...arrived, late: load.lateByMs !== 0, lateByMs: load.lateByMs };
  }

  /** A step of why a load was late, as the product has it: what failed and of which class, what runs, what waited. */
  async #step(step: Step): Promise<Step | null> {
    const question = step as unknown as Answered;
    if (step.what === "running") return (await this.#run(question))?.run.state === "running" ? step : null;
    const attempt = await this.#attempt(question);
    if (!attempt) return null;
    if (step.what === "failed") return { ...step, class: await this.#failureClass(question) };
    const waited = step.what === "stuck" ? msBetween(attempt.queuedAt, attempt.startedAt) : attempt.durationMs;
    return (waited ?? 0) >= (step.waitedMs ?? 0) ? step : null;
  }
}

const msBetween = (from: string | null, to: string | null) => (from && to ? Date.parse(to) - Date.parse(from) : null);

interface Step {
  what: "running" | "failed" | "stuck" | "source_late";
  pipeline: string;
  runId: string;
  class?: string | null;
  waitedMs?: number;
}

interface Lateness {
  expectedBy: string;
  late: boolean;
  lateByMs: number;
  why: Step[];
}

function once<T>(known: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> {
  const answer = known.get(key) ?? read();
  known.set(key, answer);
  return answer;
}

function nullIfNotFound(error: unknown): null {
  if (error instanceof AppError && error.code === "not_found") return null;
  throw error;
}

async function allRuns(pipeline: string): Promise<Run[]> {
  const runs: Run[] = [];
  let cursor: string | undefined;
  do {
    const page = await listRuns(viewer, { environment, pipeline, limit: 100, ...(cursor && { cursor }) });
    runs.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return runs;
}

async function allLoads(table: string): Promise<TableLoad[]> {
  const loads: TableLoad[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTableLoads(viewer, environment, table, { limit: 100, ...(cursor && { cursor }) });
    loads.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return loads;
}

function runFacts(run: Run | null) {
  if (!run) return null;
  const { state, type, logicalDate, runAfter, queuedAt, startedAt, endedAt, durationMs } = run;
  return { state, type, logicalDate, runAfter, queuedAt, startedAt, endedAt, durationMs };
}

const tryFacts = (attempt: Attempt | null) =>
  attempt && { state: attempt.state, queuedAt: attempt.queuedAt, startedAt: attempt.startedAt, endedAt: attempt.endedAt };

function containerFacts(attempt: Attempt | null) {
  if (!attempt?.ecsTask) return null;
  const { taskArn, lastStatus, exitCode, createdAt, pullStartedAt, pullStoppedAt, startedAt } = attempt.ecsTask;
  const { executionStoppedAt, stoppingAt, stoppedAt, cpuUnits, memoryMib, taskDefinition, capacityProvider } = attempt.ecsTask;
  const definition = taskDefinition.split("/").at(-1);
  const instants = { createdAt, pullStartedAt, pullStoppedAt, startedAt, executionStoppedAt, stoppingAt, stoppedAt };
  return { taskArn, lastStatus, exitCode, ...instants, cpuUnits, memoryMib, definition, capacityProvider };
}

function glueFacts(attempt: Attempt | null) {
  if (!attempt?.glueRun) return null;
  const { jobRunId, jobName, state, executionSeconds, dpuSeconds, startedAt, completedAt } = attempt.glueRun;
  return { jobRunId, jobName, state, executionSeconds, dpuSeconds, startedAt, completedAt };
}

function loadFacts(load: TableLoad | null) {
  if (!load) return null;
  const { rowsInserted, rowsUpdated, rowsRejected, dataThrough, startedAt, finishedAt } = load;
  return { rowsInserted, rowsUpdated, rowsRejected, dataThrough, startedAt, finishedAt };
}

function tryCost(attempt: Attempt | null): string | null {
  if (!attempt || attempt.endedAt === null || attempt.kind === "airflow") return null;
  return attempt.costUsd === null ? "unknown" : tenDigits(scaled(attempt.costUsd));
}

const runCost = (run: Run | null) => (run?.endedAt ? totalOf([run.cost]) : null);

function totalOf(costs: CostTotal[]) {
  const usd = costs.reduce((sum, cost) => sum + scaled(cost.usd ?? "0"), 0n);
  return { usd: tenDigits(usd), unknownCount: costs.reduce((sum, cost) => sum + cost.unknownCount, 0) };
}

/** Decimal text in units of its tenth digit after the point, of which there are no more */
function scaled(text: string): bigint {
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.replace(/0+$/, "").padEnd(10, "0"));
}

function tenDigits(units: bigint): string {
  const digits = units.toString().padStart(11, "0");
  return `${digits.slice(0, -10)}.${digits.slice(-10)}`;
}
