import "server-only";
import { fileURLToPath } from "node:url";
import type { User } from "@/lib/schemas/user";
import { adoptEnv, startEnv } from "@/server/env";
import { findAppError } from "@/server/errors";
import { switchLedger } from "@/server/ledger/db";
import { log } from "@/server/log";
import { examine } from "./examine";
import { openOwnLedger } from "./own-ledger";
import { reportText } from "./report";

const ownLedger = fileURLToPath(new URL("../../.local/ledger", import.meta.url));

/** Whoever can start this has the configuration and the credentials that it tries. */
const person: User = { id: "console:doctor", name: "npm run doctor", role: "admin" };

try {
  log.level = "silent";
  const { settings, isEmbedded } = startEnv();
  const own = isEmbedded ? await openOwnLedger(ownLedger) : null;
  adoptEnv(own?.url ? { ...settings, databaseUrl: own.url } : settings);
  const report = await examine(person, own?.place);
  console.log(process.argv.includes("--json") ? JSON.stringify(report, null, 2) : reportText(report));
  await switchLedger(null);
  await own?.stop();
  process.exit(report.isHealthy ? 0 : 1);
} catch (error) {
  const own = findAppError(error);
  console.error(own ? [own.message, own.remedy].filter(Boolean).join("\n") : error);
  process.exit(1);
}
