import "server-only";
import type { User } from "@/lib/schemas/user";
import { adoptEnv, startEnv } from "@/server/env";
import { findAppError } from "@/server/errors";
import { switchLedger } from "@/server/ledger/db";
import { log } from "@/server/log";
import { examine } from "./examine";
import { reportText } from "./report";

/** Whoever can start this has the configuration and the credentials that it tries. */
const person: User = { id: "console:doctor", name: "npm run doctor", role: "admin" };

try {
  log.level = "silent";
  const { settings, isEmbedded } = startEnv();
  adoptEnv(settings);
  if (isEmbedded) console.log("DATABASE_URL is not set: the ledger that npm start runs by itself is not examined from here.\n");
  const report = await examine(person, !isEmbedded);
  console.log(process.argv.includes("--json") ? JSON.stringify(report, null, 2) : reportText(report));
  await switchLedger(null);
  process.exit(report.isHealthy ? 0 : 1);
} catch (error) {
  const own = findAppError(error);
  console.error(own ? [own.message, own.remedy].filter(Boolean).join("\n") : error);
  process.exit(1);
}
