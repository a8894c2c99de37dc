import "server-only";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What goes wrong with the next trigger: before Airflow made the run, or after. */
export type Fault = "reset_before" | "reset_after" | "error_before" | "error_after";

interface DagRun {
  dag_id: string;
  dag_run_id: string;
  state: string;
  conf: Record<string, unknown>;
  note: string | null;
}

export interface TestAirflow {
  url: string;
  /** Runs by `dag/run`. */
  runs: Map<string, DagRun>;
  /** Triggers that reached it, repeated ones too. */
  triggers: { dag: string; runId: string }[];
  /** Faults of the triggers to come, in order. */
  faults: Fault[];
  /** What Airflow says to a trigger of this DAG instead: status and detail. */
  refusals: Map<string, { status: number; detail: string }>;
  /** What Airflow says to whoever reads a run of this DAG. */
  readRefusals: Map<string, { status: number; detail: string }>;
  /** What AWS says to a trigger instead of asking Airflow: the name of its error. */
  awsRefusal: string | null;
  /** The most characters of a path that MWAA takes. */
  longestPath: number;
  isDown: boolean;
  /** Called when a trigger was read and before it is answered: to look at the world in between. */
  onTrigger: (() => Promise<void>) | null;
  close(): Promise<void>;
}

/** A small server that speaks MWAA's GetEnvironment and InvokeRestApi with Airflow 3's answers for runs, over real sockets. */
export async function startTestAirflow(): Promise<TestAirflow> {
  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const airflow: TestAirflow = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    runs: new Map(),
    triggers: [],
    faults: [],
    refusals: new Map(),
    readRefusals: new Map(),
    awsRefusal: null,
    longestPath: Number.POSITIVE_INFINITY,
    isDown: false,
    onTrigger: null,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readJson(request);
    if (airflow.isDown) {
      request.socket.destroy();
      return;
    }
    if (request.method === "GET" && request.url?.startsWith("/environments/")) {
      send(response, 200, {
        Environment: { Name: "penstock", AirflowVersion: "3.2.1", Status: "AVAILABLE", WebserverUrl: "airflow.invalid" },
      });
      return;
    }
    const { Method: method, Path: path, Body: asked } = body as { Method: string; Path: string; Body?: Record<string, unknown> };
    if (path.length > airflow.longestPath) {
      const message =
        "1 validation error detected: Value at 'path' failed to satisfy constraint: Member must have length less than or equal to 64";
      return send(response, 400, { message }, { "x-amzn-errortype": "ValidationException" });
    }
    if (path === "/dags/~/dagRuns/list") {
      const dags = (asked?.dag_ids ?? []) as string[];
      const found = [...airflow.runs.values()].filter((run) => dags.includes(run.dag_id)).map(toJson);
      return answer(response, { dag_runs: found, total_entries: found.length });
    }
    const [, dag = "", , runId] = path.split("/").slice(1).map(decodeURIComponent);
    if (method === "GET" && runId !== undefined) {
      const refusal = airflow.readRefusals.get(dag);
      if (refusal) return refuse(response, refusal.status, refusal.detail);
      const run = airflow.runs.get(`${dag}/${runId}`);
      if (run) answer(response, toJson(run));
      else refuse(response, 404, `The DagRun with dag_id: \`${dag}\` and run_id: \`${runId}\` was not found`);
      return;
    }
    if (method === "POST") await trigger(request, response, dag, asked ?? {});
    else refuse(response, 404, "Not Found");
  }

  async function trigger(request: IncomingMessage, response: ServerResponse, dag: string, asked: Record<string, unknown>): Promise<void> {
    const runId = String(asked.dag_run_id);
    airflow.triggers.push({ dag, runId });
    await airflow.onTrigger?.();
    const fault = airflow.faults.shift();
    if (fault === "reset_before") return void request.socket.destroy();
    if (fault === "error_before") return refuse(response, 503, "scheduler is away");
    if (airflow.awsRefusal) return send(response, 400, { message: "not for you" }, { "x-amzn-errortype": airflow.awsRefusal });
    const refusal = airflow.refusals.get(dag);
    if (refusal) return refuse(response, refusal.status, refusal.detail);
    const key = `${dag}/${runId}`;
    if (airflow.runs.has(key)) return refuse(response, 409, "DAGRun already exists");
    const run = {
      dag_id: dag,
      dag_run_id: runId,
      state: "queued",
      conf: (asked.conf ?? {}) as DagRun["conf"],
      note: (asked.note as string | null) ?? null,
    };
    airflow.runs.set(key, run);
    if (fault === "reset_after") return void request.socket.destroy();
    if (fault === "error_after") return refuse(response, 500, "Internal Server Error");
    answer(response, toJson(run));
  }
  return airflow;
}

function toJson(run: DagRun) {
  const at = "2026-11-22T08:00:00Z";
  const unknown = { logical_date: null, data_interval_start: null, data_interval_end: null, start_date: null, end_date: null };
  return { ...run, ...unknown, run_type: "manual", run_after: at, queued_at: at, triggered_by: "rest_api" };
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : JSON.parse(text);
}

function send(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(body));
}

const answer = (response: ServerResponse, body: unknown) => send(response, 200, { RestApiStatusCode: 200, RestApiResponse: body });

/** MWAA answers 400 for whatever Airflow refuses, a 5xx of Airflow included (service model mwaa 2020-07-01). */
function refuse(response: ServerResponse, status: number, detail: string): void {
  const name = status >= 500 ? "RestApiServerException" : "RestApiClientException";
  send(response, 400, { RestApiStatusCode: status, RestApiResponse: { detail } }, { "x-amzn-errortype": name });
}
