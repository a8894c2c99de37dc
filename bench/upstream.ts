import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";

const recorded = (name: string) =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../server/sources/recorded/${name}.json`, import.meta.url)), "utf8"));

export interface Upstream {
  url: string;
  /** Requests since the last time somebody asked. */
  takeCalls(): number;
  /** Gives the run of that index another note, which every later answer carries. */
  change(index: number): { key: string; note: string };
  stop(): Promise<void>;
}

/** What is asked now and then beside runs and attempts. */
const standing: [path: RegExp, recording: string][] = [
  [/^\/pools$/, "pools"],
  [/^\/importErrors$/, "import-errors"],
  [/^\/dagWarnings$/, "dag-warnings"],
  [/^\/monitor\/health$/, "monitor-health"],
  [/^\/dagSources\//, "dag-source"],
  [/\/dagVersions$/, "dag-versions"],
  [/^\/dags\/[^/]+\/tasks$/, "dag-tasks"],
];

/** An MWAA environment with `running` DAG runs that go on for ever: recorded answers of Airflow 3.2, counted. */
export async function startUpstream(running = 50): Promise<Upstream> {
  const [run] = recorded("airflow/3.2/dag-runs-changed").answer.dag_runs;
  const [task] = recorded("airflow/3.2/task-instances-changed").answer.task_instances;
  const dags = recorded("airflow/3.2/dags").answer;
  const now = new Date().toISOString();
  const times = { queued_at: now, start_date: now, end_date: null, duration: null, run_after: now, queued_when: now };
  const runs = Array.from({ length: running }, (_, index) => ({
    ...run,
    ...times,
    dag_run_id: `manual__${index}`,
    state: "running",
    note: null as string | null,
  }));
  const tasks = runs.map(({ dag_run_id }) => ({ ...task, ...times, dag_run_id, state: "running", operator: "PythonOperator" }));
  const { Environment } = recorded("mwaa-get-environment");
  const environment = {
    ...Environment,
    CreatedAt: 1_795_000_000,
    LastUpdate: undefined,
    LoggingConfiguration: { TaskLogs: { Enabled: false } },
  };
  let calls = 0;
  const answer = (path: string, query: { updated_at_lte?: string } = {}) => {
    const isOld = query.updated_at_lte !== undefined;
    if (path === "/dags/~/dagRuns/list") return { dag_runs: runs, total_entries: runs.length };
    if (path === "/dags/~/dagRuns") return { dag_runs: isOld ? [] : runs, total_entries: isOld ? 0 : runs.length };
    if (path.endsWith("/taskInstances")) return { task_instances: isOld ? [] : tasks, total_entries: isOld ? 0 : tasks.length };
    if (path === "/dags") return { ...dags, total_entries: dags.dags.length };
    if (path.endsWith("/details")) return { ...recorded("airflow/3.2/dag-details").answer, dag_id: path.split("/")[2] };
    if (path.endsWith("/xcomEntries")) return { xcom_entries: [], total_entries: 0 };
    const asRecorded = standing.find(([pattern]) => pattern.test(path));
    if (asRecorded) return recorded(`airflow/3.2/${asRecorded[1]}`).answer;
    const found = runs.find((each) => path.endsWith(`/${each.dag_run_id}`));
    // An answer that says nothing would be measured as a look that fails.
    if (!found) throw new Error(`the upstream has no answer for ${path}`);
    return found;
  };
  const server = createServer(async (request, response) => {
    calls += 1;
    const body = await bodyOf(request);
    response.setHeader("content-type", "application/json");
    if (request.url?.startsWith("/environments/")) response.end(JSON.stringify({ Environment: environment }));
    else response.end(JSON.stringify({ RestApiStatusCode: 200, RestApiResponse: answer(String(body.Path), body.QueryParameters) }));
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeCalls() {
      const taken = calls;
      calls = 0;
      return taken;
    },
    change(index) {
      const changed = runs[index % runs.length] as (typeof runs)[number];
      changed.note = `changed at ${performance.now()}`;
      return { key: `run:prod/${changed.dag_id}/${encodeURIComponent(changed.dag_run_id)}`, note: changed.note };
    },
    stop: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<{ Path?: string; QueryParameters?: { updated_at_lte?: string } }> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
