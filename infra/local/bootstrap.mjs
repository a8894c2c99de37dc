// What a fresh machine needs before any TypeScript can run; Node's own modules only.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const oldest = [20, 19];
export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Checks Node's version, installs node_modules when absent or older than the lock, and lets this process import TypeScript. */
export async function bootstrap() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    console.error(
      `Node ${process.versions.node} is too old: Penstock needs ${oldest.join(".")} or newer.\n→ Install a current Node, for example with: npx node@24`,
    );
    process.exit(1);
  }
  process.chdir(root);
  installDependencies();
  const { register } = await import("tsx/esm/api");
  register();
}

function installDependencies() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs) return;
  const began = Date.now();
  const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  if (status !== 0) {
    console.error("  ✗ npm ci\n→ npm ci");
    process.exit(1);
  }
  console.log(`  ✓ npm ci (${Math.round((Date.now() - began) / 1000)} s)`);
}
