import "server-only";
import type { DagVersionFact, DagWarningFact, HeartbeatFact, ImportErrorFact, PoolFact } from "@/lib/schemas/facts";
import type { PipelineTask, TaskGroup } from "@/lib/schemas/structure";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import type { Asked, Listing, Page, Slice, TaskKey } from "./airflow-adapter";
import { pageOf } from "./airflow-answers";
import { adapterFor, ask, askEitherWay, askOneOfMany, noteRefused, pages, readEnvironment } from "./airflow-ask";
import type { DagDetailsFact } from "./airflow-structure";
import type { Budget } from "./call";
import { pollBudget, type Urgency } from "./mwaa";

export type { DagDetailsFact };

/** What is read of one environment's DAGs and of its Airflow itself. Each function throws AppError. */
export interface AirflowStructureSource {
  /** A page of all versions, the newest first; null where Airflow numbers none. */
  versions(slice: Slice): Promise<Page<DagVersionFact> | null>;
  details(pipeline: string): Promise<DagDetailsFact>;
  tasks(pipeline: string): Promise<{ tasks: PipelineTask[]; groups: TaskGroup[] }>;
  /** Its file, or why that cannot be had. */
  code(pipeline: string, details: DagDetailsFact): Promise<{ code: string | null; codeReason: string | null }>;
  pools(): Promise<PoolFact[]>;
  importErrors(): Promise<ImportErrorFact[]>;
  warnings(): Promise<DagWarningFact[]>;
  health(): Promise<HeartbeatFact[]>;
}

type List<T> = (adapter: ReturnType<typeof adapterFor>, slice: Slice) => Asked<Listing<T>>;

async function all<T>(environment: EnvironmentConfig, name: string, what: List<T>, budget: Budget): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages(environment, name, what, budget)) items.push(...page.items);
  return items;
}

const tooLong = "MWAA takes no request as long as the one that asks for it.";

/** The real one; its requests wait for more urgent ones. */
export function airflowStructure(environment: EnvironmentConfig, urgency: Urgency): AirflowStructureSource {
  const budget = pollBudget(environment, urgency);
  return {
    versions: async (slice) => {
      const { airflowVersion } = await readEnvironment(environment);
      if (!adapterFor(environment, airflowVersion).structure.versions) return null;
      const listing = await ask(environment, ({ structure }) => structure.versions?.(slice) as Asked<Listing<DagVersionFact>>, budget);
      return pageOf(listing);
    },
    details: (pipeline) => askOneOfMany(environment, ({ structure }) => structure.details(pipeline), budget),
    tasks: (pipeline) =>
      askEitherWay(
        () => askOneOfMany(environment, ({ structure }) => structure.tasks(pipeline), budget),
        (refusal) => {
          noteRefused(environment, "tasks", pipeline);
          throw refusal;
        },
      ),
    code: async (pipeline, details) => {
      const { airflowVersion } = await readEnvironment(environment);
      const isNamed = adapterFor(environment, airflowVersion).structure.versions !== null || details.fileToken !== null;
      if (!isNamed) return { code: null, codeReason: "Airflow does not name its file." };
      return askEitherWay<{ code: string | null; codeReason: string | null }>(
        async () => ({
          code: await askOneOfMany(environment, ({ structure }) => structure.code(pipeline, details), budget),
          codeReason: null,
        }),
        async () => ({ code: null, codeReason: tooLong }),
      );
    },
    pools: () => all(environment, "pools", ({ structure }, slice) => structure.pools(slice), budget),
    importErrors: () => all(environment, "import errors", ({ structure }, slice) => structure.importErrors(slice), budget),
    warnings: () => all(environment, "warnings", ({ structure }, slice) => structure.warnings(slice), budget),
    health: () => ask(environment, ({ structure }) => structure.health(), budget),
  };
}

/** On demand, for whoever looks at a try: apart from polling, which it must not hold up. */
const inputsBudget = (environment: EnvironmentConfig): Budget => ({
  ...pollBudget(environment),
  purpose: "inputs",
  perSecond: 1,
  burst: 5,
});

/** The rendered fields of a task's newest try. @throws AppError */
export const readRendered = (environment: EnvironmentConfig, task: TaskKey): Promise<Record<string, unknown>> =>
  ask(environment, ({ structure }) => structure.rendered(task), inputsBudget(environment));

/** Links that operators leave for Airflow's own pages. */
const isLink = (key: string) => key.startsWith("_link_");

/** The XComs of a task, the first `most` by key; null stands for one that cannot be read. @throws AppError */
export async function readXcoms(environment: EnvironmentConfig, task: TaskKey, most: number): Promise<{ key: string; value: unknown }[]> {
  const budget = inputsBudget(environment);
  const found = await ask(environment, ({ structure }) => structure.xcomKeys(task), budget);
  const keys = [...new Set(found)].filter((key) => !isLink(key)).sort();
  const values: { key: string; value: unknown }[] = [];
  for (const key of keys.slice(0, most)) {
    const value = await ask(environment, ({ structure }) => structure.xcom(task, key), budget).catch(nullIfRefused);
    values.push({ key, value });
  }
  return values;
}

function nullIfRefused(error: unknown): null {
  const code = findAppError(error)?.code;
  if (code !== "not_found" && code !== "invalid") throw error;
  return null;
}
