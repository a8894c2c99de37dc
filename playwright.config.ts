import { existsSync, readFileSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const stateDir = process.env.PENSTOCK_STATE ?? ".local/test";
const platformFile = `${stateDir}/platform.json`;
const baseURL = existsSync(platformFile) ? JSON.parse(readFileSync(platformFile, "utf8")).dashboardUrl : undefined;
const installed = [
  process.env.PENSTOCK_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
].find((file) => file && existsSync(file));

export default defineConfig({
  testDir: "e2e",
  outputDir: `${stateDir}/e2e-results`,
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 300_000,
  expect: { timeout: 15_000 },
  reporter: [["list"], ["json"]],
  use: {
    baseURL,
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    timezoneId: "UTC",
    screenshot: "only-on-failure",
    trace: "retain-on-failure",
    launchOptions: {
      ...(installed ? { executablePath: installed } : {}),
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
  // In this order on one platform: rows are proven right before screens are read, and systems are broken last.
  projects: [
    { name: "pipeline", testMatch: "pipeline/**/*.spec.ts" },
    { name: "people", testMatch: "people/**/*.spec.ts", dependencies: [] },
    { name: "accounts", testMatch: "accounts/**/*.spec.ts", dependencies: [] },
    { name: "sample", testMatch: "sample/**/*.spec.ts", dependencies: [] },
    { name: "edges", testMatch: "edges/**/*.spec.ts", dependencies: [] },
    { name: "breakage", testMatch: "breakage/**/*.spec.ts", dependencies: [] },
  ],
});
