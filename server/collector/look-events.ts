import "server-only";
import type { Task } from "@aws-sdk/client-ecs";
import { z } from "zod";
import type { GlueRunFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { pingLedger } from "@/server/ledger/db";
import { log } from "@/server/log";
import { accountOf } from "@/server/sources/account";
import { takeCalls } from "@/server/sources/call";
import { withDefinitions } from "@/server/sources/ecs";
import { taskOfEvent } from "@/server/sources/ecs-task";
import { getJobRun, isWatchedJob } from "@/server/sources/glue";
import { deleteMessages, type QueueMessage, receiveMessages, type StateChange } from "@/server/sources/sqs";
import type { Activity } from "./activity";
import { ingestEcsEvents, ingestGlueRuns, ingestTaskDefinitions } from "./ingest-aws";
import { type Pace, staleAfterMs } from "./loop";
import { ingest, type Scope } from "./scope";

/** The wait for messages is the queue's own; between looks there is only breath. */
export const eventsPace: Pace = { activeMs: 100, idleMs: 1_000 };

/** Receives in one look, of at most ten messages each: one transaction takes them. */
const batchesPerLook = 10;

const GlueDetail = z.looseObject({ jobName: z.string().min(1), jobRunId: z.string().min(1) });
const Counts = z.object({ received: z.number(), ignored: z.number(), unreadable: z.number() });

/** The counts that the ledger has, with these more. */
const plus = (received: number, ignored: number, unreadable: number) => (stored: unknown) => {
  const before = Counts.safeParse(stored).data ?? { received: 0, ignored: 0, unreadable: 0 };
  return { received: before.received + received, ignored: before.ignored + ignored, unreadable: before.unreadable + unreadable };
};

const remarkOn = (unreadable: number) =>
  unreadable === 0
    ? null
    : `${unreadable} of the last messages in the queue were no state changes of ECS or Glue, and were deleted; the log names them`;

type Told =
  | { kind: "task"; task: Task }
  | { kind: "run"; jobName: string; jobRunId: string }
  | { kind: "other" }
  | { kind: "poison"; why: string };

/**
 * Takes state changes of ECS and Glue from the environment's queue. A message is deleted after what it tells is committed, so that a crash
 * repeats it; a repeated or late one changes nothing. Polling goes on: it finds what no event told.
 *
 * A message that is no event of EventBridge, or has no task or run in it, is told in the log, counted and deleted: it would never be read.
 * One that cannot be written is left to the queue, whose redrive policy takes it to its dead-letter queue.
 */
export class EventsLook {
  #account: string | null = null;

  constructor(
    readonly environment: EnvironmentConfig,
    readonly scope: Scope,
    readonly activity: Activity,
  ) {}

  async look(): Promise<{ isActive: boolean }> {
    // What could not be written would be received in vain, and each time counts towards the dead-letter queue.
    await pingLedger();
    this.#account ??= await accountOf(this.environment);
    const messages = await this.#receive();
    const isWritten = await this.#write(messages);
    if (messages.length > 0) this.activity.noteEvents(messages.some((each) => this.#read(each).kind === "task"));
    else this.activity.noteEvents(false);
    const left = await deleteMessages(
      this.environment,
      messages.filter((each) => isWritten.has(each.id)),
    );
    if (left > 0) log.warn({ environment: this.environment.name, source: "events", left }, "messages could not be deleted and come again");
    return { isActive: messages.length > 0 };
  }

  async #receive(): Promise<QueueMessage[]> {
    const messages = await receiveMessages(this.environment, true);
    for (let batch = 1; batch < batchesPerLook && messages.length > 0; batch++) {
      // What is in hand is taken first: the next look meets the same failure.
      const received = await receiveMessages(this.environment, false).catch(() => []);
      messages.push(...received);
      if (received.length === 0) break;
    }
    return messages;
  }

  /** All at once; when that is refused, one by one, so that one bad message does not keep the others. @returns ids of what may be deleted */
  async #write(messages: QueueMessage[]): Promise<Set<string>> {
    try {
      await this.#ingest(messages);
      return new Set(messages.map((each) => each.id));
    } catch (error) {
      if (messages.length < 2 || findAppError(error)) throw error;
      log.warn({ environment: this.environment.name, source: "events", err: error }, "messages are written one by one");
    }
    const written = new Set<string>();
    for (const message of messages) {
      try {
        await this.#ingest([message]);
        written.add(message.id);
      } catch (error) {
        if (findAppError(error)) throw error;
        log.error({ environment: this.environment.name, source: "events", message: message.id, err: error }, "left to the queue");
      }
    }
    return written;
  }

  async #ingest(messages: QueueMessage[]): Promise<void> {
    const told = messages.map((message) => ({ message, said: this.#read(message) }));
    for (const { message, said } of told) {
      if (said.kind === "poison")
        log.warn(
          { environment: this.environment.name, source: "events", message: message.id, why: said.why },
          "a message is not an event: deleted",
        );
    }
    const { tasks, definitions } = await withDefinitions(
      this.environment,
      told.flatMap(({ said }) => (said.kind === "task" ? [said.task] : [])),
    );
    const runs = await this.#readRuns(told.flatMap(({ said }) => (said.kind === "run" ? [said] : [])));
    const count = (kind: Told["kind"]) => told.filter(({ said }) => said.kind === kind).length;
    const look = {
      source: "events",
      calls: takeCalls(this.environment.name, "events"),
      staleAfterMs: staleAfterMs(eventsPace),
      ...(messages.length > 0 ? { cursor: plus(messages.length, count("other"), count("poison")), remark: remarkOn(count("poison")) } : {}),
    };
    await ingest(this.scope, look, async (tx, changes) => {
      await ingestTaskDefinitions(tx, this.scope, definitions);
      if (tasks.length > 0) await ingestEcsEvents(tx, this.scope, changes, tasks);
      if (runs.length > 0) await ingestGlueRuns(tx, this.scope, changes, runs);
    });
  }

  /** An event names a run and its state, nothing more; each run is asked for once. */
  async #readRuns(named: { jobName: string; jobRunId: string }[]): Promise<GlueRunFact[]> {
    const runs: GlueRunFact[] = [];
    for (const { jobName, jobRunId } of new Map(named.map((each) => [each.jobRunId, each])).values()) {
      try {
        const run = await getJobRun(this.environment, jobName, jobRunId);
        if (run) runs.push(run);
      } catch (error) {
        if (findAppError(error)?.code !== "not_found") throw error;
      }
    }
    return runs;
  }

  #read({ event, why }: QueueMessage): Told {
    if (!event) return { kind: "poison", why: why ?? "" };
    if (event.region !== this.environment.region || event.account !== this.#account) return { kind: "other" };
    if (event.source === "aws.ecs" && event.type === "ECS Task State Change") return this.#readTask(event);
    if (event.source === "aws.glue" && /^Glue Job (State Change|Run Status)$/.test(event.type)) return this.#readRun(event);
    return { kind: "other" };
  }

  #readTask({ detail }: StateChange): Told {
    const task = taskOfEvent(detail);
    if (!task) return { kind: "poison", why: "its detail is not a task of ECS" };
    const cluster = task.clusterArn?.split("/").at(-1) ?? "";
    const isWatched = this.environment.ecs.some((name) => name.split("/").at(-1) === cluster);
    return isWatched ? { kind: "task", task } : { kind: "other" };
  }

  #readRun({ detail }: StateChange): Told {
    const named = GlueDetail.safeParse(detail);
    if (!named.success) return { kind: "poison", why: "its detail names no job run of Glue" };
    const { jobName, jobRunId } = named.data;
    return isWatchedJob(this.environment, jobName) ? { kind: "run", jobName, jobRunId } : { kind: "other" };
  }
}
