import { grouped } from "@/lib/grouped";
import type { SourceHealth } from "@/lib/schemas/common";

const labels: Record<string, string> = {
  airflow: "Airflow",
  ecs: "ECS",
  glue: "Glue",
  events: "State changes (SQS)",
  metrics: "CloudWatch metrics",
  logs: "CloudWatch Logs",
  warehouse: "Warehouse",
  ledger: "Ledger",
  identity: "Identity",
};

/** `airflow:runs` is a cursor of Airflow. */
const systemOf = (name: string) => name.split(":")[0] ?? name;

export const sourceLabel = (name: string): string => labels[systemOf(name)] ?? name;

export type PageKind = "status" | "tables" | "runs" | "run" | "pipelines" | "activity";

const freshness = "Table states rest on the last reading; a load since then does not show yet. Runs are not affected.";
const airflowForTables = "Which run feeds a table may be old; the freshness of tables is not affected.";
const loadsForTables = "Whether a load is running now may be old; the freshness of tables is not affected.";
const containerFacts = "Container facts and their cost may be behind; run states are not affected.";
const glueFacts = "Glue facts and their cost may be behind; run states are not affected.";
const logLines = "Logs may end too early; states and costs are not affected.";

/** What a source that is behind means for a page, and what it does not. */
const effects: Record<PageKind, Record<string, string>> = {
  status: { warehouse: freshness, airflow: airflowForTables, glue: loadsForTables },
  tables: { warehouse: freshness, airflow: airflowForTables, glue: loadsForTables },
  runs: {
    airflow: "Runs may be further along than shown, and new ones may be missing; tables are not affected.",
    ecs: containerFacts,
    glue: glueFacts,
    warehouse: "Tables written since then do not show; run states are not affected.",
  },
  run: {
    airflow: "Tasks may be further along than shown; what is shown was true then.",
    ecs: containerFacts,
    glue: glueFacts,
    logs: logLines,
    warehouse: "Tables written since then do not show; run states are not affected.",
  },
  activity: {},
  pipelines: {
    airflow: "Schedules and last runs are shown as they were then; a new run can be asked for, but may not be accepted.",
    ecs: containerFacts,
    glue: glueFacts,
  },
};

export type Behind = { source: SourceHealth; label: string; effect: string };

/** The systems that are behind and matter to a page; of several cursors into one system, the oldest speaks for it. */
export function behindFor(page: PageKind, sources: SourceHealth[]): Behind[] {
  const found = new Map<string, Behind>();
  for (const source of sources) {
    const system = systemOf(source.name);
    const effect = effects[page][system];
    if (source.state === "ok" || effect === undefined) continue;
    const key = `${source.environment} ${system}`;
    const known = found.get(key)?.source;
    if (!known || (source.asOf ?? "") < (known.asOf ?? "")) found.set(key, { source, label: sourceLabel(source.name), effect });
  }
  return [...found.values()];
}

/** Those that say the same of several environments as one, whose oldest answer and its reason speak for all; forty environments are not forty notices. */
export function behindTogether(behind: Behind[]): (Behind & { environments: string[] })[] {
  const ways = grouped(behind, ({ source, label }) => JSON.stringify([label, source.state, source.asOf === null]));
  return [...ways.values()].flatMap((all) => {
    const oldest = all.toSorted((a, b) => (a.source.asOf ?? "").localeCompare(b.source.asOf ?? ""))[0];
    return oldest ? [{ ...oldest, environments: all.map(({ source }) => source.environment) }] : [];
  });
}
