import "server-only";
import type { Check, DoctorReport } from "@/lib/schemas/doctor";
import type { User } from "@/lib/schemas/user";
import { allow } from "@/server/auth";
import { env } from "@/server/env";
import { selectLogGroups } from "@/server/ledger/read/log-groups";
import { checkAws } from "./aws-checks";
import { checkLedger } from "./ledger-checks";
import { checkWarehouse } from "./warehouse-checks";

const shared = globalThis as typeof globalThis & { penstockExamination?: Promise<DoctorReport> | undefined };

const isBad = ({ state, isOptional }: Check) => !isOptional && (state === "missing" || state === "failed");

/**
 * Tries every permission, login and table that the configuration needs, all side by side: what hangs holds up nothing but itself.
 * Whoever asks while an examination runs gets that one.
 * @param hasLedger false: there is none to reach from here
 */
export async function examine(user: User, hasLedger = true): Promise<DoctorReport> {
  allow(user, "doctor:run");
  shared.penstockExamination ??= examineAll(hasLedger).finally(() => {
    shared.penstockExamination = undefined;
  });
  return shared.penstockExamination;
}

async function examineAll(hasLedger: boolean): Promise<DoctorReport> {
  const places = env().environments.map(async (environment) => {
    const groups = selectLogGroups(environment.name).catch(() => []);
    const parts = await Promise.all([groups.then((known) => checkAws(environment, known)), checkWarehouse(environment)]);
    return parts.flat();
  });
  const checks = (await Promise.all([hasLedger ? checkLedger() : [], ...places])).flat();
  return { asOf: new Date().toISOString(), isHealthy: !checks.some(isBad), checks };
}
