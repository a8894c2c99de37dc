// The one command of a fresh machine: runs on Node alone, installs what is missing, then hands over to main.ts in this process.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const oldest = [20, 19];
const root = fileURLToPath(new URL("../..", import.meta.url));

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
const { main } = await import("./main.ts");
process.exit(await main(root, process.argv.slice(2)));

/** `npm ci` when node_modules is absent or older than the lock. */
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
