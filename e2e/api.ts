import { randomUUID } from "node:crypto";
import { expect } from "@playwright/test";
import { AttemptDetail, LogPage } from "@/lib/schemas/attempt";
import { TriggerResult } from "@/lib/schemas/pipeline";
import { RunDetail } from "@/lib/schemas/run";
import { TableDetail } from "@/lib/schemas/table";
import type { Role } from "@/lib/schemas/user";
import { platform, tokens } from "./platform";

export const ENVIRONMENT = "local";

/** A request to the dashboard's API as `role` (null: anonymous). */
export function call(role: Role | null, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (role) headers.set("authorization", `Bearer ${tokens[role]}`);
  if (init.body) headers.set("content-type", "application/json");
  return fetch(`${platform.dashboardUrl}${path}`, { ...init, headers, redirect: "manual", signal: AbortSignal.timeout(30_000) });
}

export function trigger(role: Role | null, pipeline: string, params: Record<string, unknown> = {}, key = randomUUID()): Promise<Response> {
  return call(role, `/api/pipelines/${ENVIRONMENT}/${pipeline}/runs`, {
    method: "POST",
    headers: { "idempotency-key": key },
    body: JSON.stringify({ params, reason: "end-to-end test" }),
  });
}

export async function triggerOk(pipeline: string, params: Record<string, unknown> = {}): Promise<string> {
  const response = await trigger("operator", pipeline, params);
  expect(response.status, await response.clone().text()).toBe(201);
  return TriggerResult.parse(await response.json()).runId;
}

const runPath = (pipeline: string, runId: string) =>
  `/api/runs/${ENVIRONMENT}/${encodeURIComponent(pipeline)}/${encodeURIComponent(runId)}`;

export async function readRun(pipeline: string, runId: string, absent = [404]): Promise<RunDetail | null> {
  const response = await call("viewer", runPath(pipeline, runId));
  if (absent.includes(response.status)) return null;
  expect(response.status, await response.clone().text()).toBe(200);
  return RunDetail.parse(await response.json());
}

/** For a poll, to which a ledger that is too busy to answer is one that does not answer yet. */
export const pollRun = (pipeline: string, runId: string) => readRun(pipeline, runId, [404, 503]);

/** Waits until Penstock shows the run ended, with every container and Glue run of it ended too. */
export async function runEnded(pipeline: string, runId: string, state: "success" | "failed", timeout = 240_000): Promise<RunDetail> {
  let detail: RunDetail | null = null;
  await expect
    .poll(
      async () => {
        detail = await pollRun(pipeline, runId);
        return detail?.run.state;
      },
      { message: `${pipeline} ${runId} ends as ${state}`, timeout, intervals: [1000] },
    )
    .toMatch(/success|failed/);
  const ended = detail as RunDetail | null;
  if (!ended) throw new Error(`${runId} vanished`);
  expect(ended.run.state, JSON.stringify(ended.failure)).toBe(state);
  return ended;
}

export async function readTable(table: string): Promise<TableDetail> {
  const response = await call("viewer", `/api/tables/${ENVIRONMENT}/${table}`);
  expect(response.status).toBe(200);
  return TableDetail.parse(await response.json());
}

export async function readAttempt(id: string): Promise<AttemptDetail> {
  const response = await call("viewer", `/api/attempts/${id}`);
  expect(response.status).toBe(200);
  return AttemptDetail.parse(await response.json());
}

export async function readLog(id: string): Promise<LogPage> {
  const response = await call("viewer", `/api/attempts/${id}/log?limit=2000`);
  expect(response.status).toBe(200);
  return LogPage.parse(await response.json());
}
