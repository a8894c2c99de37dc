import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { test as base, expect } from "@playwright/test";
import { z } from "zod";
import { type Person, signInTo } from "./sign-in";

const readyMs = 90_000;
const Ids = z.object({ pipeline: z.string(), runId: z.string(), taskId: z.string() });
const Ledger = z.object({
  url: z.string(),
  environments: z.array(z.string()),
  longNames: z.object({ environment: z.string(), unbroken: Ids, hostile: Ids }),
});

export interface EdgePenstock extends z.infer<typeof Ledger> {
  origin: string;
}

const freePort = () =>
  new Promise<number>((found) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => found(port));
    });
  });

const ended = (child: ChildProcess) =>
  new Promise<void>((done) => (child.exitCode === null && child.signalCode === null ? child.once("exit", () => done()) : done()));

/** The ledger of server/testing/edges, which ends with the process that asked for it. */
async function startLedger(folder: string) {
  const child = spawn(process.execPath, ["--conditions=react-server", "--import", "tsx", "server/testing/edges/main.ts", folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) return { child, ledger: Ledger.parse(JSON.parse(line)) };
  }
  throw new Error("the ledger of the edges did not start");
}

/** The built web server alone, without a collector: what it reads is as the ledger was filled. `PENSTOCK_EDGES_MODE=dev` shows changes as they are made. */
function startWeb(folder: string, port: number, { url, environments }: z.infer<typeof Ledger>): ChildProcess {
  const origin = `http://localhost:${port}`;
  const config = path.join(folder, "penstock.yaml");
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      publicUrl: origin,
      zone: "UTC",
      environments: environments.map((name) => ({ name, region: "eu-west-1", mwaa: name, ecs: [name] })),
    }),
  );
  const mode = process.env.PENSTOCK_EDGES_MODE === "dev" ? "dev" : "start";
  return spawn(process.execPath, ["node_modules/next/dist/bin/next", mode, "--hostname", "127.0.0.1", "--port", String(port)], {
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_ENV: mode === "dev" ? "development" : "production",
      NODE_NO_WARNINGS: "1",
      NEXT_TELEMETRY_DISABLED: "1",
      DATABASE_URL: url,
      PENSTOCK_CONFIG: config,
      PENSTOCK_DEMO: "1",
      PENSTOCK_LOG_LEVEL: "error",
      NEXTAUTH_URL: origin,
      NEXTAUTH_SECRET: "nobody signs in here but these stories",
      PORT: String(port),
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "nobody",
      AWS_SECRET_ACCESS_KEY: "nobody",
    },
  });
}

async function untilHealthy(web: ChildProcess, port: number): Promise<void> {
  const until = Date.now() + readyMs;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/health`).catch(() => null);
    if (answer?.ok) return;
    if (web.exitCode !== null || Date.now() > until) throw new Error("the web server of the edges did not start");
    await delay(100);
  }
}

interface Fixtures {
  /** Shows a page as this person. */
  signInAs: (person: Person) => Promise<void>;
}

export const test = base.extend<Fixtures, { edges: EdgePenstock }>({
  edges: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads what a fixture needs from its first parameter
    async ({}, use) => {
      const folder = mkdtempSync(path.join(tmpdir(), "penstock-edges-"));
      const { child, ledger } = await startLedger(folder);
      const port = Number(process.env.PENSTOCK_EDGES_PORT ?? (await freePort()));
      const web = startWeb(folder, port, ledger);
      try {
        await untilHealthy(web, port);
        await use({ ...ledger, origin: `http://localhost:${port}` });
      } finally {
        web.kill("SIGTERM");
        await ended(web);
        child.stdin.end();
        await ended(child);
        rmSync(folder, { recursive: true, force: true });
      }
    },
    { scope: "worker", timeout: 180_000 },
  ],
  baseURL: async ({ edges }, use) => use(edges.origin),
  signInAs: async ({ context, edges }, use) => use((person) => signInTo(context, edges.origin, person)),
  page: async ({ page }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(`${error}`));
    await use(page);
    expect(errors, "uncaught errors in the page").toEqual([]);
  },
});

export { expect };
