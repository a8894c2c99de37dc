import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildDashboard } from "../infra/local/dashboard";
import type { Trial } from "./trial";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Ten thousand browsers that come and go, and ten thousand requests that are given up: nothing of them stays. `--count 1000` for fewer. */
export default {
  name: "connections",
  hasItsOwnServer: true,
  async run(report, options) {
    await buildDashboard(root, `${root}/.local/cache`);
    // A process of its own: it speaks to the ledger as the server does.
    const child = spawn(process.execPath, ["--conditions=react-server", "--import", "tsx", "soak/come-and-go.ts", ...options], {
      cwd: root,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = new Promise<number | null>((done) => child.once("close", done));
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith("{")) continue;
      const said = JSON.parse(line) as { figure: string; value: string } | { check: string; isRight: boolean };
      if ("figure" in said) report.figure(said.figure, said.value);
      else report.check(said.check, said.isRight);
    }
    report.check("the trial ended by itself", (await ended) === 0);
  },
} satisfies Trial;
