import "server-only";
import type { RunId } from "@/lib/schemas/run";
import type { WhyQueued } from "@/lib/schemas/structure";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { honest } from "./health";
import { selectIntentOfRun } from "./ledger/read/activity";
import { findRun } from "./runs";

/** Why a run, or tasks of it, still wait. @throws AppError `not_found` with near names */
export async function whyQueued(user: User, id: RunId): Promise<WhyQueued> {
  allow(user, "read");
  const row = await findRun(id, await selectIntentOfRun(id));
  const honesty = await honest(["airflow", "ecs", "glue"], id.environment);
  if (row.isGone || (row.state !== "queued" && row.state !== "running"))
    return { ...honesty, sentence: [{ text: "Nothing of this run waits." }], reasons: [] };
  const text = "Nothing that Penstock reads says why it waits.";
  return {
    ...honesty,
    sentence: [{ text }],
    reasons: [{ kind: "unknown", taskId: null, text: [{ text }], remedy: null, evidence: [] }],
  };
}
