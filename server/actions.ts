import "server-only";
import type { RunFact } from "@/lib/schemas/facts";
import type { TriggerRequest, TriggerResult } from "@/lib/schemas/pipeline";
import { RunState } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { allowAudited } from "./audit";
import { env, environmentNamed } from "./env";
import { AppError, findAppError } from "./errors";
import { checkKey, otherRequest } from "./idempotency";
import {
  claimIntent,
  digest,
  finishIntent,
  type IntentRow,
  intentUnder,
  openIntent,
  readIntent,
  releaseIntent,
  staleIntents,
  withClaim,
} from "./intents";
import { selectRun } from "./ledger/read/runs";
import { findPipeline, paramsOf } from "./pipelines";
import { getDag, getDagRun, triggerDagRun } from "./sources/airflow";
import { checkParams } from "./trigger-params";

/** HTTP status by outcome: made now, made before under this key, still being made. */
export const triggerStatus = { created: 201, repeated: 200, pending: 202 } satisfies Record<TriggerResult["outcome"], number>;

/** Asked later than this, a run would start to nobody's expectation: what was never sent is then given up. */
const completeWithinMs = 60_000;

/**
 * Starts one run, however often it is asked with the same key: the intent and its audit event are committed before Airflow hears of it, the run's
 * id is made of the key, and an unclear answer is settled by reading the run back.
 * @throws AppError forbidden, not_found, invalid (fields; or the key stands for another request), conflict, upstream
 */
export async function triggerRun(
  user: User,
  environment: string,
  dag: string,
  request: TriggerRequest,
  key: string,
): Promise<TriggerResult> {
  const reason = request.reason === "" ? null : request.reason;
  await allowTrigger(user, environment, dag, reason);
  const idempotencyKey = checkKey(key);
  const config = environmentNamed(environment);
  const known = await intentUnder({ environment, pipeline: dag, idempotencyKey });
  if (known) return repeat(user, request, known);
  const pipeline = await findPipeline(environment, dag);
  if (pipeline.isGone)
    throw new AppError("conflict", `${dag} is no longer in Airflow`, { remedy: "Its runs stay readable; it cannot be started." });
  checkParams(paramsOf(pipeline) ?? (await getDag(config, dag)).params, request.params);

  const { row, isNew } = await openIntent({
    action: "run.trigger",
    environment,
    pipeline: dag,
    idempotencyKey,
    user,
    body: { params: request.params, reason: request.reason },
    runId: `penstock__${idempotencyKey}`,
    reason,
  });
  return isNew ? settle(row, "created") : repeat(user, request, row);
}

/** Refuses, and writes down, whoever may not trigger. Doors call it before they read the request: what is wrong with it is not theirs to learn. */
export const allowTrigger = (user: User, environment: string, dag: string, reason: string | null = null): Promise<void> =>
  allowAudited(user, "run:trigger", { action: "run.trigger", environment, target: `${environment}/${dag}`, reason });

async function repeat(user: User, request: TriggerRequest, row: IntentRow): Promise<TriggerResult> {
  if (row.userId !== user.id || row.bodyDigest !== digest({ params: request.params, reason: request.reason })) {
    throw otherRequest();
  }
  if (row.outcome === "pending") {
    const claimed = await claimIntent(row.id);
    if (claimed) return settle(claimed, "repeated");
    const current = await readIntent(row.id);
    return current && current.outcome !== "pending" ? answerSettled(current) : answer(row, "pending", null);
  }
  return answerSettled(row);
}

async function answerSettled(row: IntentRow): Promise<TriggerResult> {
  if (row.outcome === "failed") {
    throw new AppError("conflict", `The request with this key failed before: ${row.outcomeDetail ?? "Airflow refused it"}`, {
      remedy: "Nothing runs under it. Send it again with a new Idempotency-Key.",
    });
  }
  const run = await selectRun({ environment: row.environment, pipeline: row.pipeline, runId: row.runId });
  return answer(row, "repeated", RunState.safeParse(run?.state).data ?? null);
}

function answer(row: IntentRow, outcome: TriggerResult["outcome"], state: TriggerResult["state"]): TriggerResult {
  return { environment: row.environment, pipeline: row.pipeline, runId: row.runId, outcome, state };
}

/** Makes the run exist and records the outcome; the intent is claimed by this process. */
async function settle(row: IntentRow, outcome: "created" | "repeated"): Promise<TriggerResult> {
  try {
    const run = await withClaim(row, () => startOrFind(row, outcome === "repeated"));
    await finishIntent(row, "done", null);
    return answer(row, outcome, run.state);
  } catch (error) {
    const known = findAppError(error);
    if (known?.isRefusal) await finishIntent(row, "failed", known.message);
    else await releaseIntent(row.id).catch(() => undefined); // the claim runs out by itself; it is settled at a later turn
    throw error;
  }
}

async function startOrFind(row: IntentRow, mayExist: boolean): Promise<RunFact> {
  const config = environmentNamed(row.environment);
  if (mayExist) {
    const found = await readBack(row);
    // Out of reach it may exist; asking for it again makes no second one.
    if (typeof found !== "string") return found;
  }
  const note = `Started from Penstock by ${row.userName}${row.reason ? `: ${row.reason}` : ""}`;
  const request = { pipeline: row.pipeline, runId: row.runId, conf: paramsIn(row), note };
  try {
    return await triggerDagRun(config, request);
  } catch (error) {
    const known = findAppError(error);
    if (!known || (known.isRefusal && known.code !== "conflict")) throw error;
    const found = await readBack(row).catch((cause: unknown) => {
      throw findAppError(cause)?.code === "conflict" ? cause : unclear(row, known, cause);
    });
    if (typeof found !== "string") return found;
    throw known.code === "conflict" && found === "absent" ? known : unclear(row, known, error);
  }
}

/**
 * The run as it is in Airflow; `absent` when there is none, `out_of_reach` when it was looked for where only newer ones are.
 * @throws AppError `conflict` when that id belongs to another request; a refusal to be read says nothing about the run, so it is `upstream` here
 */
async function readBack(row: IntentRow): Promise<RunFact | "absent" | "out_of_reach"> {
  let run: RunFact;
  try {
    run = await getDagRun(environmentNamed(row.environment), row.pipeline, row.runId);
  } catch (error) {
    const known = findAppError(error);
    if (known?.code === "not_found") return findAppError(known.cause) ? "out_of_reach" : "absent";
    throw known?.isRefusal ? unclear(row, known, error) : error;
  }
  const conf = run.conf ?? {};
  const isSame = Object.entries(paramsIn(row)).every(([name, value]) => digest(conf[name] ?? null) === digest(value ?? null));
  if (isSame) return run;
  throw new AppError("conflict", `A run ${row.runId} with other parameters exists already`, {
    remedy: "Send it again with a new Idempotency-Key.",
  });
}

function paramsIn(row: IntentRow): Record<string, unknown> {
  const { params } = row.body as { params?: Record<string, unknown> };
  return params ?? {};
}

function unclear(row: IntentRow, first: AppError, cause: unknown): AppError {
  return new AppError("upstream", `${first.message}. Whether ${row.runId} was started is not known yet`, {
    system: first.system ?? `airflow (${row.environment})`,
    remedy: "Penstock settles it by itself within a minute. Sending the same request again is safe: it never starts a second run.",
    status: first.code === "throttled" ? 503 : undefined,
    cause,
  });
}

/**
 * Settles what a process that died, or an Airflow that did not answer, left open: a run that exists is recorded as done; one that was never sent is
 * sent within a minute of the request and given up after that. @returns how many were settled
 */
export async function settleIntents(): Promise<number> {
  let settled = 0;
  // One of an environment that is not configured now waits until it is again: nobody here can know what became of it.
  for (const id of await staleIntents(env().environments.map(({ name }) => name))) {
    const row = await claimIntent(id);
    if (!row) continue;
    try {
      const isRecent = Date.now() - row.createdAt.getTime() < completeWithinMs;
      const found = await withClaim(row, () => (isRecent ? startOrFind(row, true) : readBack(row)));
      if (found === "out_of_reach") continue;
      const [result, detail] =
        found === "absent"
          ? (["failed", "it was never sent to Airflow; nothing was started"] as const)
          : (["done", "settled by reading the run back"] as const);
      if (await finishIntent(row, result, detail)) settled += 1;
    } catch (error) {
      const known = findAppError(error);
      if (!known) throw error;
      if (known.isRefusal && (await finishIntent(row, "failed", known.message))) settled += 1;
      // Otherwise Airflow still does not answer: the claim runs out and it is tried again.
    }
  }
  return settled;
}
