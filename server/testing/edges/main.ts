import "server-only";
import { join } from "node:path";
import { switchLedger } from "@/server/ledger/db";
import { startEmbedded } from "@/server/ledger/embedded";
import { migrate } from "@/server/ledger/migrate";
import { longNames, situations } from "./situations";

/*
 * `main.ts <folder>`: a ledger of environments that show what a screen may have to do without. Its address, their names and the long ids are printed as one
 * line of JSON; it ends when its input does.
 */
const [folder = ""] = process.argv.slice(2);
const server = await startEmbedded({ dataDir: join(folder, "data"), database: "penstock", isDurable: false });
const stop = async () => {
  await server.stop();
  process.exit(0);
};
try {
  await migrate(server.url);
  await switchLedger(server.url);
  for (const [name, fill] of Object.entries(situations)) await fill(name);
  await switchLedger(null);
} catch (error) {
  process.stderr.write(`penstock: ${error instanceof Error ? error.stack : String(error)}\n`);
  await server.stop();
  process.exit(1);
}
process.stdin.once("end", stop).resume();
process.once("SIGTERM", stop);
process.stdout.write(`${JSON.stringify({ url: server.url, environments: Object.keys(situations), longNames })}\n`);
