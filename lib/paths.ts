import { isSample } from "./schemas/sample";
import type { Role } from "./schemas/user";

/** The parts of a run's page, in the order of their row. */
export const runTabs = ["tasks", "log", "graph", "inputs", "tables", "cost", "compare", "activity"] as const;
export type RunTab = (typeof runTabs)[number];

type RunRef = { environment: string; pipeline: string; runId: string };

/**
 * One id as one path segment, percent-encoded whole. Browsers resolve `.` and `..` even when encoded, so those get a leading `~`,
 * and so does an id that begins with `~` itself.
 */
export function segment(id: string): string {
  return encodeURIComponent(id === "." || id === ".." || id.startsWith("~") ? `~${id}` : id);
}

/** The id in a path segment that the router has handed over, encoded or not. */
export function fromSegment(text: string): string {
  const id = decode(text);
  return id.startsWith("~") ? id.slice(1) : id;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

/** A run as a path of the API names it. */
export const runPath = ({ environment, pipeline, runId }: RunRef) => [environment, pipeline, runId].map(segment).join("/");

/** The ids of such a path; one that is missing is undefined. */
export function runOfPath(text: string): Partial<RunRef> {
  const [environment, pipeline, runId] = text.split("/").map(fromSegment);
  return { environment, pipeline, runId };
}

const join = (...parts: string[]) => `/${parts.map(segment).join("/")}`;

export const paths = {
  status: "/",
  tables: "/tables",
  runs: "/runs",
  /** The list of runs as a saved view has it. */
  view: (id: string) => `/runs?${new URLSearchParams({ view: id })}`,
  pipelines: "/pipelines",
  activity: "/activity",
  admin: "/admin",
  login: "/login",
  start: "/start",
  sources: "/#sources",
  table: (environment: string, table: string) => join("tables", environment, table),
  run: ({ environment, pipeline, runId }: RunRef) => join("runs", environment, pipeline, runId),
  attempt: (run: RunRef, taskId: string, tryNumber: number, mapIndex = -1) => {
    const query = new URLSearchParams({ task: taskId, try: String(tryNumber) });
    if (mapIndex >= 0) query.set("map", String(mapIndex));
    return `${paths.run(run)}?${query}`;
  },
  runTab: (run: RunRef, tab: RunTab, more: Record<string, string> = {}) => `${paths.run(run)}?${new URLSearchParams({ tab, ...more })}`,
  /** A page of its own for one try; `attempt` is its place on the page of its run. */
  attemptPage: (run: RunRef, taskId: string, tryNumber: number, mapIndex = -1) =>
    `${paths.run(run)}${join(taskId, String(tryNumber))}${mapIndex >= 0 ? `?map=${mapIndex}` : ""}`,
  compare: (run: RunRef, other?: string) =>
    `${paths.run(run)}/compare${other === undefined ? "" : `?${new URLSearchParams({ with: other })}`}`,
  logLine: (attempt: string, lineId: string) => `${attempt}${attempt.includes("?") ? "&" : "?"}${new URLSearchParams({ line: lineId })}`,
  pipeline: (environment: string, pipeline: string) => join("pipelines", environment, pipeline),
  /** What the DAG read in that version. */
  code: (environment: string, pipeline: string, version: string) =>
    `${paths.pipeline(environment, pipeline)}?${new URLSearchParams({ tab: "code", version })}`,
  trigger: (environment: string, pipeline: string) => `${paths.pipeline(environment, pipeline)}?trigger=1`,
};

/** Whoever runs the pipelines begins with what needs them; whoever uses the data, with whether it can be used. */
export const homeOf = (role: Role): string => (role === "operator" || role === "admin" ? paths.runs : paths.status);

/** A list from a page of the sample is the sample's: a link within it does not leave it. */
export const listOf = (list: string, environment: string | undefined): string =>
  isSample(environment) ? `${list}${list.includes("?") ? "&" : "?"}environment=${environment}` : list;

export const apiPaths = {
  status: "/api/status",
  tables: "/api/tables",
  runs: "/api/runs",
  runExport: "/api/runs/export",
  namedRuns: "/api/runs/named",
  views: "/api/views",
  view: (id: string) => `/api${join("views", id)}`,
  pipelines: "/api/pipelines",
  sources: "/api/sources",
  activity: "/api/activity",
  search: "/api/search",
  stream: "/api/stream",
  doctor: "/api/doctor",
  table: (environment: string, table: string) => `/api${join("tables", environment, table)}`,
  tableLoads: (environment: string, table: string) => `/api${join("tables", environment, table, "loads")}`,
  run: ({ environment, pipeline, runId }: RunRef) => `/api${join("runs", environment, pipeline, runId)}`,
  compare: (run: RunRef) => `${apiPaths.run(run)}/compare`,
  pipeline: (environment: string, pipeline: string) => `/api${join("pipelines", environment, pipeline)}`,
  clock: "/api/pipelines/clock",
  calendar: (environment: string, pipeline: string) => `/api${join("pipelines", environment, pipeline, "calendar")}`,
  grid: (environment: string, pipeline: string) => `/api${join("pipelines", environment, pipeline, "grid")}`,
  gridCell: (environment: string, pipeline: string) => `/api${join("pipelines", environment, pipeline, "grid", "cell")}`,
  structure: (environment: string, pipeline: string) => `/api${join("pipelines", environment, pipeline, "structure")}`,
  pipelineRuns: (environment: string, pipeline: string) => `/api${join("pipelines", environment, pipeline, "runs")}`,
  attempt: (id: string) => `/api${join("attempts", id)}`,
  runAttempts: (run: RunRef) => `${apiPaths.run(run)}/attempts`,
  runWhy: ({ environment, pipeline, runId }: RunRef) => `/api${join("runs", environment, pipeline, runId, "why")}`,
  runNote: (run: RunRef) => `${apiPaths.run(run)}/note`,
  attemptNote: (id: string) => `${apiPaths.attempt(id)}/note`,
  attemptInputs: (id: string) => `/api${join("attempts", id, "inputs")}`,
  attemptLog: (id: string) => `/api${join("attempts", id, "log")}`,
};
