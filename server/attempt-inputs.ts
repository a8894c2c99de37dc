import "server-only";
import { mostXcoms, toRendered, toXcoms } from "@/lib/attempt-inputs";
import { isSample } from "@/lib/schemas/sample";
import type { AttemptInputs } from "@/lib/schemas/structure";
import type { User } from "@/lib/schemas/user";
import { findAttempt } from "./attempts";
import { allow } from "./auth";
import { environmentNamed } from "./env";
import { findAppError } from "./errors";
import { honest } from "./health";
import { keepAttemptInput } from "./ledger/attempt-input";
import type { JoinedAttempt } from "./ledger/read/attempts";
import { selectRun } from "./ledger/read/runs";
import { selectAttemptInput } from "./ledger/read/structure";
import { sampleInputs } from "./sample/inputs";
import { readShared } from "./shared-reads";
import { readRendered, readXcoms } from "./sources/airflow-structure-source";

type Inputs = Pick<AttemptInputs, "rendered" | "xcom" | "reason">;

const endedStates = ["success", "failed", "skipped", "upstream_failed", "removed"];
/** While it runs its XComs change: whoever looks within that time is told the same. */
const freshMs = 15_000;

/**
 * What a try was given and what it handed on: asked of Airflow once for all who look, and kept once the try has ended, as the next one
 * replaces it there. @throws AppError `not_found`
 */
export async function getAttemptInputs(user: User, id: string): Promise<AttemptInputs> {
  allow(user, "read");
  const joined = await findAttempt(id);
  const [inputs, honesty] = await Promise.all([inputsOf(joined), honest(["airflow"], joined.attempt.environment)]);
  return { ...honesty, ...inputs };
}

async function inputsOf(joined: JoinedAttempt): Promise<Inputs> {
  const { attempt } = joined;
  const kept = await selectAttemptInput(attempt.id);
  if (kept?.isFinal) return { rendered: kept.rendered, xcom: kept.xcom, reason: kept.reason };
  if (isSample(attempt.environment)) return simulated(joined);
  if (attempt.startedAt === null) return nothing("It has not begun, so nothing is rendered for it.");
  if (!attempt.isLatest) return nothing("Airflow has those of the newest try only, and nobody looked at this one while it was.");
  const key = JSON.stringify(["inputs", attempt.id, attempt.state, attempt.changedAt.getTime()]);
  return readShared(
    key,
    () => readAndKeep(joined),
    (inputs) => ({ freshMs, sizeBytes: JSON.stringify(inputs).length }),
  );
}

const nothing = (reason: string): Inputs => ({ rendered: null, xcom: null, reason });

async function readAndKeep({ attempt }: JoinedAttempt): Promise<Inputs> {
  const environment = environmentNamed(attempt.environment);
  const [rendered, xcom] = await Promise.all([
    told(async () => toRendered(await readRendered(environment, attempt))),
    told(async () => toXcoms(await readXcoms(environment, attempt, mostXcoms))),
  ]);
  const reasons = [...new Set([rendered, xcom].flatMap(({ reason }) => reason ?? []))];
  const inputs: Inputs = { rendered: rendered.found, xcom: xcom.found, reason: reasons.length === 0 ? null : reasons.join(" ") };
  const isWhole = [rendered, xcom].every(({ found }) => found !== null);
  if (isWhole && endedStates.includes(attempt.state)) await keepAttemptInput(attempt.id, inputs);
  return inputs;
}

/** One that fails leaves the other to be shown. */
async function told<T>(read: () => Promise<T>): Promise<{ found: T | null; reason: string | null }> {
  try {
    return { found: await read(), reason: null };
  } catch (error) {
    const own = findAppError(error);
    if (!own) throw error;
    return { found: null, reason: own.code === "not_found" ? "Airflow has it no more." : `${own.message}.` };
  }
}

async function simulated({ attempt, ecsTask, glueRun }: JoinedAttempt): Promise<Inputs> {
  if (attempt.startedAt === null) return nothing("It has not begun, so nothing is rendered for it.");
  const row = await selectRun(attempt);
  const found = sampleInputs({
    ...attempt,
    date: (row?.logicalDate ?? attempt.startedAt).toISOString().slice(0, 10),
    taskArn: ecsTask?.taskArn ?? null,
    taskDefinition: ecsTask?.taskDefinition ?? null,
    glueRunId: glueRun?.jobRunId ?? null,
  });
  if (!found) return nothing("The pipeline has no such task.");
  return { rendered: toRendered(found.rendered), xcom: toXcoms(found.xcoms), reason: null };
}
