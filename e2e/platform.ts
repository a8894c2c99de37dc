import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { z } from "zod";
import { Role } from "@/lib/schemas/user";

export const stateDir = path.resolve(process.env.PENSTOCK_STATE ?? ".local/test");

const PlatformFile = z.object({
  dashboardUrl: z.string(),
  airflowUrl: z.string(),
  awsEndpoint: z.string(),
  warehouseUrl: z.string(),
  shopUrl: z.string(),
  ledgerUrl: z.string(),
  dataBucket: z.string(),
  now: z.string(),
});
const ControlFile = z.object({ url: z.string(), token: z.string() });
export const Tokens = z.record(Role, z.string());

export function readState<T extends z.ZodType>(file: string, schema: T): z.infer<T> {
  return schema.parse(JSON.parse(readFileSync(path.join(stateDir, file), "utf8")));
}

export const platform = readState("platform.json", PlatformFile);
export const tokens = readState("tokens.json", Tokens);
const control = readState("control.json", ControlFile);

export type ServiceName = "ledger" | "warehouse" | "aws" | "airflow" | "dashboard";

/** A request to the platform's control API. */
export async function controlCall(method: string, path: string, body?: unknown): Promise<unknown> {
  const response = await fetch(`${control.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${control.token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(120_000),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return response.json();
}

const command = (service: ServiceName, verb: "stop" | "start" | "kill") => controlCall("POST", `/services/${service}/${verb}`);

/** Stops, starts or kills (SIGKILL) one service of the local platform; resolves when it is down or ready. */
export const service = {
  stop: (name: ServiceName) => command(name, "stop"),
  start: (name: ServiceName) => command(name, "start"),
  kill: (name: ServiceName) => command(name, "kill"),
};

const awsEnv = {
  AWS_ENDPOINT_URL: platform.awsEndpoint,
  AWS_DEFAULT_REGION: "eu-west-1",
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
};

/** The shop's own command line: the generator that adds rows and the oracle that knows what they must become. */
async function shop(...args: string[]): Promise<void> {
  const shape = z.object({ program: z.array(z.string()), cwd: z.string(), env: z.record(z.string(), z.string()) });
  const { program, cwd, env } = readState("shop.json", shape);
  const [file, ...rest] = program;
  if (!file) throw new Error("shop.json names no program");
  // Not execFileSync: a blocked event loop would not see that the server closed an idle connection, and would send on it.
  await promisify(execFile)(file, [...rest, ...args], { cwd, env: { ...process.env, ...env, ...awsEnv } });
}

/**
 * Lets the shop live on until `hoursAgo` hours before the platform was ready: new, changed, late and dirty rows, as the seed has them.
 * The test platform's shop begins eight hours back, so that tests have a day to give it.
 */
export async function advanceShop(hoursAgo: number): Promise<void> {
  await shop("advance", "--database", platform.shopUrl, "--to", new Date(Date.parse(platform.now) - hoursAgo * 3_600_000).toISOString());
}

/** Throws, naming the first rows that differ, unless the warehouse holds exactly what the shop's oracle computes from its seed and the windows that were read. */
export const compareWithOracle = () =>
  shop("compare", "--database", platform.shopUrl, "--warehouse", platform.warehouseUrl, "--manifests", `s3://${platform.dataBucket}/raw`);

/** Process ids whose command line or environment holds every one of `needles`; `ps axeww` shows both on Linux and macOS. */
export function processesWith(...needles: string[]): number[] {
  return execFileSync("ps", ["axeww", "-o", "pid=,command="], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 })
    .split("\n")
    .filter((line) => needles.every((needle) => line.includes(needle)))
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => pid !== process.pid);
}
