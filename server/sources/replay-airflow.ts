import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Answer, type Asked, recorded } from "./replay";

/** One answer of a real Airflow, made by `npm run test:airflow -- <version> --record`. */
export interface AirflowRecording {
  airflow: string;
  request: { method: string; path: string; query?: Record<string, unknown>; body?: Record<string, unknown> };
  status: number;
  answer: unknown;
}

const folder = (version = "") => fileURLToPath(new URL(`./recorded/airflow/${version}`, import.meta.url));

/** Versions with recordings, such as `2.11`. */
export const recordedVersions = () => readdirSync(folder()).sort((a, b) => a.localeCompare(b, "en", { numeric: true }));

export function recordingOf(version: string, name: string): AirflowRecording {
  return JSON.parse(readFileSync(`${folder(version)}/${name}.json`, "utf8")) as AirflowRecording;
}

/** The names of a version's recordings. */
const recordingsOf = (version: string) =>
  readdirSync(folder(version))
    .filter((file) => file !== "ledger.json")
    .map((file) => file.replace(".json", ""));

const own = ["fx_rates_hourly", "orders_faults", "sales_daily"];

/** What Airflow 3.2 told of the repository's own DAGs, all at once: a list, or one answer, by the name of its recording. */
export function ownAnswer(name: "dags" | "dag-runs-changed" | "task-instances-changed" | "dag-details"): Record<string, unknown> {
  const answer = recordingOf("3.2", name).answer as Record<string, unknown>;
  const list = Object.keys(answer).find((key) => name !== "dag-details" && Array.isArray(answer[key]));
  if (list === undefined) return answer;
  const rows = (answer[list] as { dag_id: string }[]).filter((row) => own.includes(row.dag_id));
  return { [list]: rows, total_entries: rows.length };
}

/** The recorded lists of rows that are asked for slice by slice. */
const lists: Record<string, { list: string; names: string[] }> = {
  "/dags": { list: "dags", names: ["dags", "dags-page-2"] },
  "/dags/~/dagRuns": { list: "dag_runs", names: ["dag-runs-changed"] },
  "/dags/~/dagRuns/~/taskInstances": { list: "task_instances", names: ["task-instances-changed"] },
};

/** The rows of a list, each at its place, and how many of them the recorded Airflow gave at once: 3.0 clamps no limit. */
function recordedList(version: string, { list, names }: { list: string; names: string[] }): { rows: unknown[]; atOnce: number } {
  const rows: unknown[] = [];
  const pages = names.map((name) => {
    const { request, answer } = recordingOf(version, name);
    const page = (answer as Record<string, unknown[]>)[list] ?? [];
    for (const [index, row] of page.entries()) rows[Number(request.query?.offset ?? 0) + index] = row;
    return page.length;
  });
  return { rows, atOnce: Math.max(...pages) };
}

/** The page of InvokeRestApi that a recorded Airflow gives: its rows under its own limit, its one answers to their exact requests, else its 404. */
export function answerOf(version: string) {
  const recordings = recordingsOf(version).map((name) => recordingOf(version, name));
  return ({ path, body }: Asked): Answer => {
    if (path.startsWith("/environments/")) {
      const told = recorded("mwaa-get-environment") as { Environment: object };
      return { body: { Environment: { ...told.Environment, AirflowVersion: recordings[0]?.airflow } } };
    }
    const { Method, Path, QueryParameters = {} } = body as { Method: string; Path: string; QueryParameters?: Record<string, number> };
    const listed = Method === "GET" ? lists[Path] : undefined;
    if (listed) {
      const { rows, atOnce } = recordedList(version, listed);
      const { offset = 0, limit = 100 } = QueryParameters;
      const page = rows.slice(offset, offset + Math.min(limit, atOnce));
      return { body: { RestApiStatusCode: 200, RestApiResponse: { [listed.list]: page, total_entries: rows.length } } };
    }
    const found = recordings.find(({ request }) => request.method === Method && request.path === Path) ?? missing(version);
    if (found.status < 300) return { body: { RestApiStatusCode: found.status, RestApiResponse: found.answer } };
    return {
      status: 400,
      headers: { "x-amzn-errortype": found.status < 500 ? "RestApiClientException" : "RestApiServerException" },
      body: { RestApiStatusCode: found.status, RestApiResponse: found.answer },
    };
  };
}

const missing = (version: string) => recordingOf(version, "dag-run-missing");
