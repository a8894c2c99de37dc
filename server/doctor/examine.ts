import "server-only";
import type { Check, DoctorReport } from "@/lib/schemas/doctor";
import type { User } from "@/lib/schemas/user";
import { allow } from "@/server/auth";
import { env } from "@/server/env";
import { selectLogGroups } from "@/server/ledger/read/log-groups";
import { checkAws } from "./aws-checks";
import { absentLedger, checkLedger } from "./ledger-checks";
import { checkWarehouse } from "./warehouse-checks";

const shared = globalThis as typeof globalThis & { penstockExamination?: Promise<DoctorReport> | undefined };

/** How a person knows the ledger, and why there is none to examine. */
export interface LedgerPlace {
  name: string;
  absence?: string;
}
const given: LedgerPlace = { name: "DATABASE_URL" };

const noGroups = { own: [], ofJobs: [] };

const isBad = ({ state, isOptional }: Check) => !isOptional && (state === "missing" || state === "failed");

/**
 * Tries every permission, login and table that the configuration needs, all side by side: what hangs holds up nothing but itself.
 * Whoever asks while an examination runs gets that one.
 */
export async function examine(user: User, ledger: LedgerPlace = given): Promise<DoctorReport> {
  allow(user, "doctor:run");
  shared.penstockExamination ??= examineAll(ledger).finally(() => {
    shared.penstockExamination = undefined;
  });
  return shared.penstockExamination;
}

async function examineAll({ name, absence }: LedgerPlace): Promise<DoctorReport> {
  const places = env().environments.map(async (environment) => {
    const groups = absence === undefined ? selectLogGroups(environment.name).catch(() => noGroups) : Promise.resolve(noGroups);
    const parts = await Promise.all([groups.then((known) => checkAws(environment, known)), checkWarehouse(environment)]);
    return parts.flat();
  });
  const checks = (await Promise.all([absence === undefined ? checkLedger(name) : absentLedger(name, absence), ...places])).flat();
  return { asOf: new Date().toISOString(), isHealthy: !checks.some(isBad), checks };
}
