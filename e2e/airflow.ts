import { expect } from "@playwright/test";
import { platform } from "./platform";

/** Airflow's own REST API on the local platform: for what Penstock has no verb for yet, and as the witness of what really ran. */
export async function airflow(method: string, path: string, body?: unknown): Promise<unknown> {
  const token = await fetch(`${platform.airflowUrl}/auth/token`, { signal: AbortSignal.timeout(15_000) });
  const { access_token } = (await token.json()) as { access_token: string };
  const response = await fetch(`${platform.airflowUrl}/api/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${access_token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
  return response.json();
}

export async function listRunIds(dag: string): Promise<string[]> {
  const answer = (await airflow("GET", `/dags/${dag}/dagRuns?limit=100&order_by=-run_after`)) as { dag_runs: { dag_run_id: string }[] };
  return answer.dag_runs.map((run) => run.dag_run_id);
}

/** Clears every task of a run, so that the same run is run again. */
export async function rerun(dag: string, runId: string): Promise<void> {
  await airflow("POST", `/dags/${dag}/dagRuns/${encodeURIComponent(runId)}/clear`, { dry_run: false, only_failed: false });
}
