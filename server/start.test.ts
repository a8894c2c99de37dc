import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLedger, type TestLedger } from "./testing/postgres";

const folder = mkdtempSync(join(tmpdir(), "penstock-start-"));
const config = join(folder, "penstock.yaml");
const root = fileURLToPath(new URL("..", import.meta.url));
let server: TestLedger;

beforeAll(async () => {
  server = await startTestLedger();
  writeFileSync(config, "environments:\n  - { name: local, region: eu-west-1, mwaa: penstock, ecs: [penstock] }\n");
});
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A process of the dashboard; nothing listens where its AWS is. */
function run(file: string, variables: Record<string, string>): { child: ChildProcess; said: () => string } {
  const child = spawn(process.execPath, ["--conditions=react-server", "--import", "tsx", file], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: {
      PATH: process.env.PATH,
      NODE_ENV: "production",
      NODE_NO_WARNINGS: "1",
      PENSTOCK_CONFIG: config,
      PENSTOCK_DEMO: "1",
      NEXTAUTH_SECRET: "0123456789abcdef0123456789abcdef",
      AWS_ENDPOINT_URL: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      ...variables,
    },
  });
  const chunks: string[] = [];
  child.stdout?.on("data", (chunk) => chunks.push(String(chunk)));
  child.stderr?.on("data", (chunk) => chunks.push(String(chunk)));
  return { child, said: () => chunks.join("") };
}

describe("npm start", () => {
  it.each([
    [
      "DATABASE_URL",
      { DATABASE_URL: "postgresql://a:b@127.0.0.1:1/penstock" },
      /^penstock: DATABASE_URL: cannot use the PostgreSQL at 127\.0\.0\.1:1\/penstock: .*ECONNREFUSED.*\npenstock: Correct DATABASE_URL, or start that server\.\n$/,
    ],
    [
      "the configuration's place",
      { DATABASE_URL: "postgresql://a:b@127.0.0.1:1/penstock", PENSTOCK_CONFIG: "none.yaml" },
      /^penstock: PENSTOCK_CONFIG: expected a readable file; none\.yaml does not exist\n/,
    ],
  ])("refuses a wrong %s in one line, with what to do", async (_, variables, expected) => {
    const { child, said } = run("server/start.ts", variables);
    const [code] = await once(child, "close");
    expect(said()).toMatch(expected);
    expect(code).toBe(1);
  });
});

describe("the collector", () => {
  async function leading() {
    const started = run("server/collector/main.ts", { DATABASE_URL: server.url });
    for await (const chunk of started.child.stdout ?? []) if (String(chunk).includes('"collecting"')) break;
    return started.child;
  }

  it.each([
    ["when it is told to", (child: ChildProcess) => child.kill("SIGTERM")],
    ["when its parent is gone", (child: ChildProcess) => child.disconnect()],
  ])("ends within five seconds %s, and the next one leads at once", async (_, end) => {
    const child = await leading();
    const began = performance.now();
    end(child);
    const [code] = await once(child, "exit");
    expect(code).toBe(0);
    expect(performance.now() - began).toBeLessThan(5_000);
  });
});
