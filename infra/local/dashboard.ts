import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startChild, untilReady } from "./child";
import { digestOf } from "./digest";
import type { Keys } from "./keys";
import { awsEnv, baseEnv } from "./names";
import type { Options } from "./options";
import { run } from "./run";
import type { ServiceSpec } from "./supervisor";
import { takeTurn } from "./turn";

/** What `next build` reads. */
const buildInputs = [
  ...["app", "components", "lib", "public", "server"],
  ...["instrumentation.ts", "next.config.js", "package-lock.json", "package.json", "postcss.config.mjs", "proxy.ts", "tsconfig.json"],
];

const serverProcess = (file: string): [string, ...string[]] => [process.execPath, "--conditions=react-server", "--import", "tsx", file];

/** The production build, made again only when its inputs changed. Platforms that start together make it once. */
export async function buildDashboard(root: string, cache: string): Promise<void> {
  const marker = join(root, ".next", "inputs.sha256");
  const isCurrent = () => existsSync(marker) && readFileSync(marker, "utf8") === digestOf(root, buildInputs);
  if (isCurrent()) return;
  const release = await takeTurn(join(cache, "next-build.making"));
  try {
    if (isCurrent()) return;
    rmSync(marker, { force: true });
    const digest = digestOf(root, buildInputs);
    await run([process.execPath, join(root, "node_modules", "next", "dist", "bin", "next"), "build"], {
      cwd: root,
      env: { NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
    });
    await run([process.execPath, join(root, "server", "compile.mjs")], { cwd: root });
    writeFileSync(marker, digest);
  } finally {
    release();
  }
}

export interface DashboardInput {
  options: Options;
  keys: Keys;
  ledgerUrl: string;
  warehouseUrl: string;
}

/** `localhost` rather than the address: the demo's sign-in accepts a loopback name only, and people type this one. */
export const dashboardUrl = (options: Options) => `http://localhost:${options.ports.dashboard}`;

/** A test platform has a proxy of faults between the dashboard and AWS. */
const dashboardAwsPort = ({ isTest, ports }: Options) => (isTest ? ports.faults : ports.aws);
export const dashboardAwsUrl = (options: Options) => `http://127.0.0.1:${dashboardAwsPort(options)}`;

/** The environment of the dashboard's processes, and of the commands that work on its ledger. */
export function dashboardEnv({ options, keys, ledgerUrl, warehouseUrl }: DashboardInput): Record<string, string> {
  return {
    ...baseEnv(),
    ...awsEnv(dashboardAwsPort(options)),
    NODE_ENV: "production",
    NEXT_TELEMETRY_DISABLED: "1",
    DATABASE_URL: ledgerUrl,
    WAREHOUSE_URL: warehouseUrl,
    PENSTOCK_CONFIG: join(options.state, "penstock.yaml"),
    PENSTOCK_DEMO: "1",
    PENSTOCK_PUBLIC_URL: dashboardUrl(options),
    NEXTAUTH_URL: dashboardUrl(options),
    NEXTAUTH_SECRET: keys.nextAuthSecret,
    HOSTNAME: "127.0.0.1",
    PORT: String(options.ports.dashboard),
  };
}

/** Writes one API token for each role to `<state>/tokens.json`, hashed into the ledger. */
export async function seedTokens(input: DashboardInput): Promise<void> {
  await run([...serverProcess("server/ledger/seed-tokens.ts"), join(input.options.state, "tokens.json")], {
    cwd: input.options.root,
    env: dashboardEnv(input),
  });
}

/** The dashboard's production server: collector and web server, as `npm start` runs them. */
export function dashboard(input: DashboardInput): ServiceSpec {
  const { options } = input;
  const port = options.ports.dashboard;
  return {
    name: "dashboard",
    port,
    async start(add) {
      const child = await startChild(options.state, {
        name: "dashboard",
        argv: [process.execPath, "--conditions=react-server", "server/start.mjs"],
        cwd: options.root,
        env: dashboardEnv(input),
        graceMs: 10_000,
      });
      add(child);
      const healthy = async () => (await fetch(`http://127.0.0.1:${port}/api/health`, { signal: AbortSignal.timeout(3_000) })).ok;
      await untilReady(options.state, child, healthy, 90_000);
    },
  };
}

/** The collector alone. That it works shows in the ledger. */
export function collector(input: DashboardInput): ServiceSpec {
  const { options } = input;
  return {
    name: "dashboard",
    port: options.ports.dashboard,
    async start(add) {
      const argv = serverProcess("server/collector/main.ts");
      add(await startChild(options.state, { name: "collector", argv, cwd: options.root, env: dashboardEnv(input), graceMs: 10_000 }));
    },
  };
}
