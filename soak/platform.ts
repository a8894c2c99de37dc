import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import { z } from "zod";
import { Role } from "@/lib/schemas/user";
import type { FaultRule } from "../infra/local/fault-proxy/rules";
import { platformState } from "./settings";

const Files = {
  platform: z.object({ dashboardUrl: z.string(), ledgerUrl: z.string() }),
  control: z.object({ url: z.string(), token: z.string() }),
  tokens: z.record(Role, z.string()),
};

function read<Name extends keyof typeof Files>(name: Name): z.infer<(typeof Files)[Name]> {
  const file = path.resolve(platformState() ?? ".local/test", `${name}.json`);
  return Files[name].parse(JSON.parse(readFileSync(file, "utf8"))) as z.infer<(typeof Files)[Name]>;
}

/** A request to the control API of the platform. */
export async function control(method: string, where: string, body?: unknown): Promise<unknown> {
  const { url, token } = read("control");
  const response = await fetch(`${url}${where}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(120_000),
  });
  if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${await response.text()}`);
  return response.json();
}

export const breakSources = (rules: FaultRule[]) => control("PUT", "/faults", rules);
export const mendSources = () => control("DELETE", "/faults");

const Calls = z.object({ calls: z.array(z.object({ service: z.string(), operation: z.string(), count: z.number() })) });
export const callsSince = async () => Calls.parse(await control("GET", "/faults/calls")).calls;

const Sources = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      state: z.string(),
      asOf: z.string().nullable(),
      reason: z.string().optional(),
      remedy: z.string().optional(),
      lastAttemptAt: z.string().nullable(),
    }),
  ),
});

export async function api(where: string): Promise<{ status: number; body: unknown }> {
  const { dashboardUrl } = read("platform");
  const response = await fetch(`${dashboardUrl}${where}`, {
    headers: { authorization: `Bearer ${read("tokens").operator}` },
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, body: await response.json() };
}

/** Starts a run as an operator does. */
export async function trigger(pipeline: string, params: Record<string, unknown>): Promise<void> {
  const { dashboardUrl } = read("platform");
  const response = await fetch(`${dashboardUrl}/api/pipelines/local/${pipeline}/runs`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${read("tokens").operator}`,
      "content-type": "application/json",
      "idempotency-key": randomUUID(),
    },
    body: JSON.stringify({ params, reason: "long trial" }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${pipeline} was not started: ${response.status} ${await response.text()}`);
}

export const sources = async () => Sources.parse((await api("/api/sources")).body).items;

/** Tells the collector that something is about to happen: it looks at once. */
export async function poke(): Promise<void> {
  const client = new Client({ connectionString: read("platform").ledgerUrl });
  await client.connect();
  await client.query("select pg_notify('penstock_poke', 'local')");
  await client.end();
}

/** Pages as an operator's browser asks for them. */
export async function signIn(): Promise<(where: string) => Promise<{ status: number; text: string }>> {
  const { dashboardUrl } = read("platform");
  const jar = new Map<string, string>();
  const ask = async (where: string, init: RequestInit = {}) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(`${dashboardUrl}${where}`, {
      ...init,
      headers: { ...init.headers, cookie, origin: dashboardUrl },
      redirect: "manual",
      signal: AbortSignal.timeout(30_000),
    });
    for (const set of response.headers.getSetCookie()) {
      const [pair = ""] = set.split(";");
      jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
    }
    return response;
  };
  const { csrfToken } = (await (await ask("/api/auth/csrf")).json()) as { csrfToken: string };
  const form = new URLSearchParams({ csrfToken, person: "demo:oskar", json: "true" });
  await ask("/api/auth/callback/demo", { method: "POST", body: form });
  return async (where) => {
    const response = await ask(where);
    return { status: response.status, text: await response.text() };
  };
}
