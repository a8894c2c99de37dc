import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { apiPaths } from "@/lib/paths";
import { type Attempt, LogPage } from "@/lib/schemas/attempt";
import { TriggerResult } from "@/lib/schemas/pipeline";
import { RunDetail } from "@/lib/schemas/run";
import { TableDetail } from "@/lib/schemas/table";
import { dashboardUrl } from "./dashboard";
import { environment } from "./names";
import type { Options } from "./options";
import { pipeline } from "./run-and-wait";
import { Fix } from "./steps";

const freshTable = "sales.orders";
const joinDeadlineMs = 90_000;

async function call(options: Options, path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const tokens = JSON.parse(readFileSync(join(options.state, "tokens.json"), "utf8")) as { operator: string };
  const headers = { ...init.headers, authorization: `Bearer ${tokens.operator}`, "content-type": "application/json" };
  const response = await fetch(`${dashboardUrl(options)}${path}`, { ...init, headers, signal: AbortSignal.timeout(30_000) });
  return { status: response.status, body: await response.json() };
}

/** Resolves when a person would see the pipeline in Penstock. */
export async function untilPipelineIsShown(options: Options): Promise<void> {
  const until = Date.now() + 90_000;
  for (;;) {
    const { status, body } = await call(options, apiPaths.pipeline(environment, pipeline));
    if (status === 200) return;
    if (Date.now() > until) throw new Fix(`Penstock does not show ${pipeline}: HTTP ${status} ${JSON.stringify(body)}`);
    await delay(250);
  }
}

/** Triggers the pipeline as an operator does, through Penstock's API; returns the run's id. */
export async function triggerThroughPenstock(options: Options): Promise<string> {
  const until = Date.now() + 60_000;
  const key = randomUUID();
  for (;;) {
    const { status, body } = await call(options, `/api/pipelines/${environment}/${pipeline}/runs`, {
      method: "POST",
      headers: { "idempotency-key": key },
      body: JSON.stringify({ params: {}, reason: "the demo's first run" }),
    });
    if (status === 200 || status === 201 || status === 202) return TriggerResult.parse(body).runId;
    // Airflow is not known to be up yet; the same key cannot start two runs.
    if (Date.now() > until) throw new Fix(`Penstock did not trigger ${pipeline}: HTTP ${status} ${JSON.stringify(body)}`);
    await delay(1_000);
  }
}

/** Waits until the API shows the run with everything joined to it. @throws Fix that lists what is missing */
export async function verifyJoined(options: Options, runId: string): Promise<void> {
  const until = Date.now() + joinDeadlineMs;
  for (;;) {
    const missing = await whatIsMissing(options, runId);
    if (missing.length === 0) return;
    if (Date.now() > until) throw new Fix(`the API does not show the whole run:\n${missing.map((each) => `  - ${each}`).join("\n")}`);
    await delay(1_000);
  }
}

async function whatIsMissing(options: Options, runId: string): Promise<string[]> {
  const found = await call(options, apiPaths.run({ environment, pipeline, runId }));
  if (found.status !== 200) return [`the run itself: HTTP ${found.status} ${JSON.stringify(found.body)}`];
  const { run, attempts } = RunDetail.parse(found.body);
  const missing: string[] = [];
  if (run.state !== "success") missing.push(`the run's end: it is ${run.state}`);
  const containers = attempts.filter((attempt) => attempt.ecsTask !== null);
  const loads = attempts.filter((attempt) => attempt.glueRun !== null);
  if (containers.length < 3) missing.push(`the ECS tasks of the extracts: ${containers.length} of 3 are joined`);
  if (loads.length < 1) missing.push("the Glue run of the load");
  for (const attempt of [...containers, ...loads]) missing.push(...(await whatAnAttemptLacks(options, attempt)));
  return [...missing, ...(await whatTheTableLacks(options))];
}

async function whatAnAttemptLacks(options: Options, attempt: Attempt): Promise<string[]> {
  const missing: string[] = [];
  if (!attempt.costUsd) missing.push(`the cost of ${attempt.taskId}: ${attempt.cost?.reason ?? "not computed"}`);
  const log = await call(options, `/api/attempts/${encodeURIComponent(attempt.id)}/log?limit=2000`);
  if (log.status !== 200) return [...missing, `the log of ${attempt.taskId}: HTTP ${log.status}`];
  const wanted = attempt.glueRun ? "glue" : "container";
  if (!LogPage.parse(log.body).lines.some((line) => line.source === wanted))
    missing.push(`lines of the ${wanted} in the log of ${attempt.taskId}`);
  return missing;
}

async function whatTheTableLacks(options: Options): Promise<string[]> {
  const found = await call(options, `/api/tables/${environment}/${freshTable}`);
  if (found.status !== 200) return [`the table ${freshTable}: HTTP ${found.status}`];
  const { table, loads } = TableDetail.parse(found.body);
  const missing: string[] = [];
  if (table.state !== "on_time") missing.push(`a fresh ${freshTable}: it is ${table.state} (${table.reason})`);
  if (loads.length === 0) missing.push(`the loads of ${freshTable}`);
  return missing;
}
