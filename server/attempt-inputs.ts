import "server-only";
import type { AttemptInputs } from "@/lib/schemas/structure";
import type { User } from "@/lib/schemas/user";
import { findAttempt } from "./attempts";
import { allow } from "./auth";
import { honest } from "./health";
import { selectAttemptInput } from "./ledger/read/structure";

/** What a try was given and what it handed on. @throws AppError `not_found` */
export async function getAttemptInputs(user: User, id: string): Promise<AttemptInputs> {
  allow(user, "read");
  const { attempt } = await findAttempt(id);
  const [kept, honesty] = await Promise.all([selectAttemptInput(id), honest(["airflow"], attempt.environment)]);
  const reason = kept ? kept.reason : "Airflow has not been asked for it.";
  return { ...honesty, rendered: kept?.rendered ?? null, xcom: kept?.xcom ?? null, reason };
}
