import { durationText } from "./duration-text";
import type { AttemptState } from "./schemas/attempt";
import type { Sentence } from "./schemas/common";
import type { HeartbeatFact, PoolFact } from "./schemas/facts";
import type { PipelineTask, WhyReason } from "./schemas/structure";

/** A task that is not at work: the newest try of one of its instances. */
export interface WaitingTask {
  taskId: string;
  state: AttemptState;
  /** Since when, as far as it is known. */
  since: number | null;
  container: { lastStatus: string; capacityProvider: string | null; stoppedReason: string | null; createdAt: number | null } | null;
  glue: { jobName: string; state: string; stateDetail: string | null } | null;
}

/** Everything that the rule looks at; null is "not known". */
export interface Waiting {
  now: number;
  state: "queued" | "running";
  isPaused: boolean | null;
  /** Of the DAG; before Airflow 3 the limit of tasks is for all its runs together. */
  maxActiveRuns: number | null;
  maxActiveTasks: number | null;
  /** Other runs of the pipeline that are at work, the longest first. */
  activeRuns: string[];
  /** Tasks that count towards the limit of tasks. */
  activeTasks: number;
  waiting: WaitingTask[];
  /** The states of all instances of each task of the run. */
  states: Map<string, AttemptState[]>;
  /** Tasks whose run before did not end well. */
  notYetInRunBefore: Set<string>;
  tasks: PipelineTask[] | null;
  pools: { facts: PoolFact[]; readAt: number } | null;
  /** Who has a pool's slots. */
  poolUsers: Map<string, { name: string; count: number }[]>;
  heartbeats: { facts: HeartbeatFact[]; readAt: number } | null;
}

/** Airflow itself takes a scheduler for dead after so long (scheduler_health_check_threshold is 30 s), read once a minute. */
const deadAfterMs = 60_000;
/** What people see at most; a run of a thousand tasks has mostly tasks that wait for others. */
const mostReasons = 30;
const named = 5;

const isDone = (state: AttemptState) => ["success", "skipped", "failed", "upstream_failed", "removed"].includes(state);
const say = (text: string): Sentence => [{ text }];
const list = (names: string[]) =>
  names.length > named ? `${names.slice(0, named).join(", ")} and ${names.length - named} more` : names.join(", ");
const fact = (name: string, value: string | number | null) => ({ name, value: value === null ? "not known" : String(value) });
const slots = (pool: PoolFact) => `${pool.occupied} of ${pool.slots ?? "any number of"}`;

type Reason = WhyReason;
const reason = (
  kind: Reason["kind"],
  taskId: string | null,
  text: string,
  remedy: string | null,
  evidence: Reason["evidence"],
): Reason => ({
  kind,
  taskId,
  text: say(text),
  remedy,
  evidence,
});

/** Why a run, or tasks of it, wait: the surest reason first; empty when nothing waits. */
export function whyWaiting(about: Waiting): { sentence: Sentence; reasons: WhyReason[] } {
  const general = [...paused(about), ...schedulerOld(about)];
  const own = about.state === "queued" ? tooManyRuns(about) : told(about.waiting.flatMap((task) => ofTask(about, task) ?? []));
  const sure = own.filter(({ kind }) => kind !== "dependency" && kind !== "unknown");
  const reasons = [...general, ...sure, ...own.filter((each) => !sure.includes(each))];
  if (reasons.length === 0 && about.state === "queued") reasons.push(nothingFound(about, null));
  const shown = reasons.slice(0, mostReasons);
  const [first] = shown;
  if (!first) return { sentence: say("Nothing of this run waits."), reasons: [] };
  const others = new Set(own.flatMap(({ taskId }) => taskId ?? [])).size - (first.taskId === null ? 0 : 1);
  const more = others > 0 ? ` ${others} other ${others === 1 ? "task waits" : "tasks wait"}.` : "";
  return { sentence: [...first.text, ...(more ? [{ text: more }] : [])], reasons: shown };
}

/** The instances of a mapped task wait for the same: that is said once. */
const told = (reasons: Reason[]) => [...new Map(reasons.map((each) => [each.text[0]?.text, each])).values()];

function paused({ isPaused, state }: Waiting): Reason[] {
  if (!isPaused || state !== "queued") return [];
  const text = "The pipeline is paused: Airflow starts none of its runs.";
  return [reason("paused", null, text, "Unpause it in Airflow.", [fact("paused", "yes")])];
}

function schedulerOld({ heartbeats }: Waiting): Reason[] {
  const beat = heartbeats?.facts.find(({ part }) => part === "scheduler");
  if (!heartbeats || !beat) return [];
  const ageMs = beat.at === null ? null : heartbeats.readAt - Date.parse(beat.at);
  if (beat.state !== "unhealthy" && (ageMs === null || ageMs <= deadAfterMs)) return [];
  const since = ageMs === null ? "" : ` Its last sign of life was ${durationText(ageMs)} before Airflow was asked.`;
  const evidence = [fact("scheduler", beat.state), fact("last heartbeat", beat.at)];
  return [
    reason("scheduler", null, `Airflow's scheduler does not run.${since}`, "Look at the scheduler's log of the environment.", evidence),
  ];
}

function tooManyRuns({ maxActiveRuns, activeRuns, state }: Waiting): Reason[] {
  if (state !== "queued" || maxActiveRuns === null || activeRuns.length < maxActiveRuns) return [];
  const runs = activeRuns.length === 1 ? "One run of this pipeline is" : `${activeRuns.length} runs of this pipeline are`;
  const text = `${runs} at work, as many as it allows: ${list(activeRuns)}.`;
  const evidence = [fact("max_active_runs", maxActiveRuns), fact("runs at work", activeRuns.length)];
  return [reason("active_runs", null, text, "It starts when one of them ends; stop one that hangs, or raise max_active_runs.", evidence)];
}

/** Null: it does not wait. */
function ofTask(about: Waiting, task: WaitingTask): Reason | null {
  if (task.state === "running" || task.state === "deferred") return container(about, task) ?? glue(task);
  if (task.state === "none") return dependency(about, task) ?? limit(about, task) ?? nothingFound(about, task);
  if (task.state === "scheduled") return limit(about, task) ?? nothingFound(about, task);
  if (task.state === "queued") return fullPool(about, task) ?? worker(about, task);
  return null;
}

/** States before RUNNING, in which a container costs time and does no work (ECS developer guide, task lifecycle). */
const starting: Record<string, string> = {
  PROVISIONING: "AWS is looking for a place for its container",
  PENDING: "AWS is pulling its image and starting its container",
  ACTIVATING: "AWS is attaching its container to the network",
};

function container({ now }: Waiting, { taskId, container: found }: WaitingTask): Reason | null {
  const text = found && starting[found.lastStatus];
  if (!found || !text) return null;
  const since = found.createdAt === null ? "" : `, for ${durationText(now - found.createdAt)} so far`;
  const evidence = [fact("ECS state", found.lastStatus), fact("capacity provider", found.capacityProvider)];
  const isSpot = found.capacityProvider === "FARGATE_SPOT";
  if (found.stoppedReason) evidence.push(fact("reason", found.stoppedReason));
  const isShort = /capacity/i.test(found.stoppedReason ?? "");
  const remedy = isSpot ? "Spot capacity may be short: FARGATE has more." : null;
  return reason(isShort ? "capacity" : "container", taskId, `${taskId}: ${text}${since}.`, remedy, evidence);
}

function glue({ taskId, glue: found }: WaitingTask): Reason | null {
  if (!found || (found.state !== "WAITING" && found.state !== "STARTING")) return null;
  const evidence = [
    fact("job", found.jobName),
    fact("Glue state", found.state),
    ...(found.stateDetail ? [fact("detail", found.stateDetail)] : []),
  ];
  if (found.state === "STARTING")
    return reason("container", taskId, `${taskId}: Glue is starting the workers of ${found.jobName}.`, null, evidence);
  const text = `${taskId}: Glue holds ${found.jobName} back until other job runs end: a limit of concurrent runs or of DPUs is reached.`;
  return reason("capacity", taskId, text, "Raise the job's maximum concurrency, or the account's quota of DPUs.", evidence);
}

function dependency({ tasks, states, notYetInRunBefore }: Waiting, { taskId }: WaitingTask): Reason | null {
  const declared = tasks?.find((each) => each.taskId === taskId);
  if (!declared) return null;
  const open = declared.upstream.filter((each) => !(states.get(each) ?? ["none" as const]).every(isDone));
  if (open.length > 0) {
    const evidence = open.slice(0, named).map((each) => fact(each, [...new Set(states.get(each) ?? ["none"])].join(", ")));
    return reason("dependency", taskId, `${taskId} waits for ${list(open)}.`, null, evidence);
  }
  if (!declared.dependsOnPast || !notYetInRunBefore.has(taskId)) return null;
  const text = `${taskId} waits for its own success in the run before.`;
  return reason("dependency", taskId, text, "Mend that run first, or mark its task as successful.", [fact("depends_on_past", "yes")]);
}

const limit = (about: Waiting, task: WaitingTask) => fullPool(about, task) ?? tooManyTasks(about, task);

function poolOf({ tasks, pools }: Waiting, taskId: string): PoolFact | null {
  const name = tasks?.find((each) => each.taskId === taskId)?.pool ?? null;
  return pools?.facts.find((pool) => pool.name === name) ?? null;
}

function fullPool(about: Waiting, { taskId, state }: WaitingTask): Reason | null {
  const pool = poolOf(about, taskId);
  if (!pool || pool.slots === null) return null;
  const wanted = about.tasks?.find((each) => each.taskId === taskId)?.poolSlots ?? 1;
  const isFull = pool.slots - pool.occupied < wanted;
  // What is queued has its slot, unless others stand in line for one with it.
  if (!isFull || (state === "queued" && pool.scheduled === 0)) return null;
  const users = about.poolUsers.get(pool.name) ?? [];
  const by = users.length > 0 ? `, by ${list(users.map(({ name, count }) => `${name} (${count})`))}` : "";
  const needs = wanted > 1 ? ` It needs ${wanted} of them at once.` : "";
  const text = `${taskId} waits for the pool ${pool.name}: ${slots(pool)} slots are taken${by}.${needs}`;
  const evidence = [
    fact("pool", pool.name),
    fact("slots", pool.slots),
    fact("running", pool.running),
    fact("queued", pool.queued),
    fact("waiting for a slot", pool.scheduled),
  ];
  return reason("pool", taskId, text, "It begins when a slot is free; give the pool more if it is full for long.", evidence);
}

function tooManyTasks({ maxActiveTasks, activeTasks }: Waiting, { taskId }: WaitingTask): Reason | null {
  if (maxActiveTasks === null || activeTasks < maxActiveTasks) return null;
  const text = `${taskId} waits as ${activeTasks} tasks are at work, as many as the pipeline allows at once.`;
  const evidence = [fact("max_active_tasks", maxActiveTasks), fact("tasks at work", activeTasks)];
  return reason("concurrency", taskId, text, "It begins when one of them ends, or with a higher max_active_tasks.", evidence);
}

/** It has its slot, and Airflow's workers have not taken it. */
function worker(about: Waiting, { taskId, since }: WaitingTask): Reason {
  const pool = poolOf(about, taskId);
  const forLong = since === null ? "" : ` for ${durationText(about.now - since)}`;
  const text = `${taskId} has been handed to Airflow's workers, and none has taken it${forLong}.`;
  const evidence = [
    fact("state", "queued"),
    ...(pool ? [fact("pool", pool.name), fact("queued in it", pool.queued), fact("running in it", pool.running)] : []),
  ];
  return reason("capacity", taskId, text, "If it lasts, the environment has too few workers, or they cannot reach their queue.", evidence);
}

function nothingFound(about: Waiting, task: WaitingTask | null): Reason {
  const pool = task ? poolOf(about, task.taskId) : null;
  const scheduler = about.heartbeats?.facts.find(({ part }) => part === "scheduler");
  const evidence = [
    fact("paused", about.isPaused === null ? null : about.isPaused ? "yes" : "no"),
    fact("scheduler", scheduler?.state ?? null),
    ...(task ? [] : [fact("runs at work", about.activeRuns.length), fact("max_active_runs", about.maxActiveRuns)]),
    ...(task ? [fact("pool", pool ? `${pool.name}: ${slots(pool)} slots` : null), fact("max_active_tasks", about.maxActiveTasks)] : []),
  ];
  const what = task ? task.taskId : "The run";
  const text = `${what} waits, and none of what Penstock checks holds it back: it may begin at any moment.`;
  return reason("unknown", task?.taskId ?? null, text, null, evidence);
}
