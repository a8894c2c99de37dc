import "server-only";
import type { AttemptFact, EcsTaskFact, GlueRunFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import { AppError } from "@/server/errors";
import type { Listing, Page } from "@/server/sources/airflow-adapter";
import { PageSize, readPages } from "@/server/sources/airflow-paging";
import type { AirflowSource, Span, TaskKey } from "@/server/sources/airflow-source";

/** Airflow's own limit of rows in an answer; small, so that lists have many pages. */
const rowsPerPage = 3;
const forgottenAfterMs = 3_600_000;

interface Row<T> {
  id: number;
  /** Where it lies in the table: an update moves a row to the end. */
  place: number;
  changedAt: number;
  fact: T;
}

type RunKey = { pipeline: string; runId: string };
const runName = ({ pipeline, runId }: RunKey) => JSON.stringify([pipeline, runId]);
export const taskName = ({ pipeline, runId, taskId, mapIndex }: Omit<TaskKey, "environment">) =>
  JSON.stringify([pipeline, runId, taskId, mapIndex]);

/** What happens at each request before it is answered, and may refuse it. */
export type OnRequest = (what: string) => Promise<void>;

/**
 * Airflow, ECS and Glue as far as the collector can tell them from real ones, in memory and on a clock of the test: changes carry the server's time
 * and show up when their transaction commits, lists move while they are paged, containers are forgotten after an hour.
 */
export class CloudModel {
  readonly runs = new Map<string, Row<RunFact>>();
  readonly attempts = new Map<string, Row<AttemptFact>>();
  /** Earlier tries, by task. */
  readonly history = new Map<string, AttemptFact[]>();
  readonly containers = new Map<string, EcsTaskFact>();
  readonly glueRuns = new Map<string, GlueRunFact>();
  onRequest: OnRequest = async () => undefined;
  /** Airflow 2 lists task instances in no order at all. */
  isUnordered = false;
  #last = 0;
  #uncommitted: { visibleAt: number; apply: () => void }[] = [];

  /** @param now the clock of Airflow, ECS and Glue */
  constructor(readonly now: () => number) {}

  /** A change of now that commits later, in order with the others. */
  commit(delayMs: number, apply: (at: Date) => void): void {
    const at = new Date(this.now());
    const before = this.#uncommitted.at(-1)?.visibleAt ?? 0;
    this.#uncommitted.push({ visibleAt: Math.max(before, this.now() + delayMs), apply: () => apply(at) });
    this.settle();
  }

  settle(): void {
    while (this.#uncommitted[0] && this.#uncommitted[0].visibleAt <= this.now()) this.#uncommitted.shift()?.apply();
  }

  putRun(fact: RunFact, at: Date): void {
    this.#put(this.runs, runName(fact), fact, at);
  }

  putAttempt(fact: AttemptFact, at: Date): void {
    this.#put(this.attempts, taskName(fact), fact, at);
  }

  #put<T>(table: Map<string, Row<T>>, name: string, fact: T, at: Date): void {
    this.#last += 1;
    table.set(name, { id: table.get(name)?.id ?? this.#last, place: this.#last, changedAt: at.getTime(), fact });
  }

  deleteRun(key: RunKey): void {
    this.runs.delete(runName(key));
    for (const [name, { fact }] of this.attempts) if (runName(fact) === runName(key)) this.attempts.delete(name);
  }

  async #answer<T>(what: string, answer: () => T): Promise<T> {
    this.settle();
    await this.onRequest(what);
    this.settle();
    return answer();
  }

  #list<T>(what: string, table: Map<string, Row<T>>, isOrdered: boolean, matches: (row: Row<T>) => boolean): AsyncGenerator<Page<T>> {
    return readPages(new PageSize(), ({ offset, limit }) =>
      this.#answer(what, () => {
        const rows = [...table].filter(([, row]) => matches(row)).sort(([, a], [, b]) => (isOrdered ? a.id - b.id : a.place - b.place));
        const page = rows.slice(offset, offset + Math.min(limit, rowsPerPage));
        const listing: Listing<T> = { rows: page.map(([key, { fact }]) => ({ key, item: { ...fact } })), total: rows.length };
        return { listing, sizeBytes: 1_000 };
      }),
    );
  }

  airflow(): AirflowSource {
    const within =
      ({ from, to }: Span) =>
      (row: { changedAt: number }) =>
        row.changedAt >= from.getTime() && (to === null || row.changedAt <= to.getTime());
    return {
      environment: () =>
        this.#answer("environment", () => ({
          mwaaName: "model",
          airflowVersion: "3.2.1",
          status: "AVAILABLE",
          webserverUrl: null,
          taskLogGroup: null,
        })),
      runsChanged: (span) => this.#list("runs", this.runs, true, within(span)),
      attemptsChanged: (span) => this.#list("attempts", this.attempts, !this.isUnordered, within(span)),
      openRuns: () => this.#list("open runs", this.runs, true, ({ fact }) => fact.endedAt === null),
      run: (pipeline, runId) =>
        this.#answer("run", () => {
          const found = this.runs.get(runName({ pipeline, runId }));
          if (!found) throw new AppError("not_found", "no such run", { system: "airflow" });
          return { ...found.fact };
        }),
      oldest: () =>
        this.#answer("oldest run", () => {
          const times = [...this.runs.values()].map(({ fact }) => fact.startedAt?.getTime() ?? this.now());
          return times.length === 0 ? null : new Date(Math.min(...times));
        }),
      tries: (task) =>
        this.#answer("tries", () => {
          const latest = this.attempts.get(taskName(task));
          const items = latest ? [...(this.history.get(taskName(task)) ?? []), latest.fact] : [];
          return { items, rejected: [], total: items.length };
        }),
      joinHints: () => this.#answer("XComs", () => []),
      dags: () =>
        this.#answer("dags", () => {
          const names = [...new Set([...this.runs.values()].map(({ fact }) => fact.pipeline))];
          const items = names.map((pipeline): PipelineFact => {
            const nothing = { description: null, schedule: null, nextRunAt: null };
            return { pipeline, owners: [], tags: [], isPaused: false, hasImportErrors: false, ...nothing };
          });
          return { items, rejected: [], total: items.length };
        }),
      dag: (pipeline) => this.#answer("dag", () => ({ pipeline, runbook: null, params: [], version: "1" })),
      remarks: () => [],
      // As a Date header has it.
      serverNow: () => new Date(Math.floor(this.now() / 1000) * 1000 + 500),
    };
  }

  #isKnown = ({ stoppedAt }: EcsTaskFact) => stoppedAt === null || this.now() - stoppedAt.getTime() < forgottenAfterMs;

  listTasks(status: "RUNNING" | "STOPPED"): Promise<string[]> {
    return this.#answer("ListTasks", () =>
      [...this.containers.values()]
        .filter((task) => this.#isKnown(task) && (task.lastStatus === "STOPPED") === (status === "STOPPED"))
        .map((task) => task.taskArn),
    );
  }

  describeTasks(arns: string[]): Promise<{ tasks: EcsTaskFact[]; definitions: []; missing: string[] }> {
    return this.#answer("DescribeTasks", () => {
      const known = arns.flatMap((arn) => this.containers.get(arn) ?? []).filter(this.#isKnown);
      const missing = arns.filter((arn) => !known.some((task) => task.taskArn === arn));
      return { tasks: known.map((task) => ({ ...task })), definitions: [], missing };
    });
  }

  listJobRuns(): Promise<GlueRunFact[]> {
    return this.#answer("GetJobRuns", () => [...this.glueRuns.values()].map((run) => ({ ...run })));
  }
}
