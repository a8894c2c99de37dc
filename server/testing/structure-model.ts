import "server-only";
import type { DagVersionFact, DagWarningFact, ImportErrorFact, PoolFact } from "@/lib/schemas/facts";
import type { PipelineTask } from "@/lib/schemas/structure";
import { AppError } from "@/server/errors";
import type { AirflowStructureSource } from "@/server/sources/airflow-structure-source";

interface ModelDag {
  /** Null: an Airflow that numbers none. */
  version: number | null;
  code: string;
  tasks: string[];
}

const taskOf = (taskId: string): PipelineTask => ({
  taskId,
  label: taskId,
  operator: "EmptyOperator",
  groupId: null,
  upstream: [],
  isMapped: false,
  pool: "default_pool",
  poolSlots: 1,
  retries: 0,
  triggerRule: "all_success",
});

/** What DAGs consist of and how Airflow is, in memory; every request is counted. */
export class StructureModel {
  readonly dags = new Map<string, ModelDag>();
  readonly refused = new Set<string>();
  pools: PoolFact[] = [{ name: "default_pool", slots: 128, occupied: 0, running: 0, queued: 0, scheduled: 0 }];
  zone: string | null = "Asia/Tokyo";
  errors: ImportErrorFact[] = [];
  warnings: DagWarningFact[] = [];
  asked: string[] = [];
  isNumbered = true;

  constructor(readonly now: () => number) {}

  source(): AirflowStructureSource {
    const of = (name: string): ModelDag => {
      const found = this.dags.get(name);
      if (!found || this.refused.has(name)) throw new AppError("not_found", `no such DAG: ${name}`, { system: "airflow" });
      return found;
    };
    const ask = <T>(what: string, answer: () => T): Promise<T> => {
      this.asked.push(what);
      return Promise.resolve().then(answer);
    };
    return {
      versions: ({ offset, limit }) =>
        ask("versions", () => {
          if (!this.isNumbered) return null;
          const all = [...this.dags].flatMap(([pipeline, { version }]) =>
            Array.from({ length: version ?? 0 }, (_, index): DagVersionFact => {
              const firstSeenAt = new Date(Date.UTC(2026, 10, 1 + index));
              return { pipeline, version: String(index + 1), bundleVersion: null, firstSeenAt };
            }),
          );
          const newest = all.sort((a, b) => b.firstSeenAt.getTime() - a.firstSeenAt.getTime());
          return { items: newest.slice(offset, offset + limit), rejected: [], total: all.length };
        }),
      details: (name) =>
        ask(`details of ${name}`, () => {
          const { version } = of(name);
          const limits = { maxActiveRuns: 4, maxActiveTasks: 16 };
          return {
            file: `${name}.py`,
            fileToken: null,
            version: version === null ? null : String(version),
            bundleVersion: null,
            zone: this.zone,
            ...limits,
          };
        }),
      tasks: (name) => ask(`tasks of ${name}`, () => ({ tasks: of(name).tasks.map(taskOf), groups: [] })),
      code: (name) => ask(`code of ${name}`, () => ({ code: of(name).code, codeReason: null })),
      pools: () => ask("pools", () => this.pools),
      importErrors: () => ask("import errors", () => this.errors),
      warnings: () => ask("warnings", () => this.warnings),
      health: () => ask("health", () => [{ part: "scheduler", state: "healthy", at: new Date(this.now()).toISOString() }]),
    };
  }
}
