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
import { Refusals, remarkOf } from "./refusals";
import { ingest, type Look, type Scope } from "./scope";

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

const remarksOn = (unreadable: number) =>
  unreadable === 0
    ? []
    : [`${unreadable} of the last messages in the queue were no state changes of ECS or Glue, and were deleted; the log names them`];

type Told =
  | { kind: "task"; task: Task }
  | { kind: "run"; jobName: string; jobRunId: string }
  | { kind: "other" }
  | { kind: "poison"; why: string };
type ToldMessage = { message: QueueMessage; said: Told };

/**
 * Takes state changes of ECS and Glue from the environment's queue. A message is deleted after what it tells is committed, so that a crash
 * repeats it; a repeated or late one changes nothing. Polling goes on: it finds what no event told.
 *
 * A message that is no event of EventBridge, or has no task or run in it, is told in the log, counted and deleted: it would never be read.
 * One that cannot be written is left to the queue, whose redrive policy takes it to its dead-letter queue.
 */
export class EventsLook {
  #account: string | null = null;
  /** Of the messages of this look; null when there were none. */
  #unreadable: number | null = null;
  #refusals = new Refusals();

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
    const told = messages.map((message) => ({ message, said: this.#read(message) }));
    this.#unreadable = messages.length === 0 ? null : told.filter(({ said }) => said.kind === "poison").length;
    this.activity.noteEvents(told.some(({ said }) => said.kind === "task"));
    // Apart, each with its own commit: a Glue that cannot be asked holds back no container's end.
    await this.#take(told.filter(({ said }) => said.kind !== "run"));
    const ofGlue = told.filter(({ said }) => said.kind === "run");
    if (ofGlue.length > 0) await this.#take(ofGlue, await this.#readRuns(ofGlue));
    return { isActive: messages.length > 0 };
  }

  /** Writes what messages tell, and deletes them: those of Glue whose run could be read. */
  async #take(told: ToldMessage[], runs: Map<string, GlueRunFact | null> = new Map()): Promise<void> {
    const readable = told.filter(({ said }) => said.kind !== "run" || runs.has(said.jobRunId));
    const isWritten = await this.#write(readable, runs);
    await this.#delete(readable.flatMap(({ message }) => (isWritten.has(message.id) ? [message] : [])));
  }

  async #delete(messages: QueueMessage[]): Promise<void> {
    const left = await deleteMessages(this.environment, messages);
    if (left > 0) log.warn({ environment: this.environment.name, source: "events", left }, "messages could not be deleted and come again");
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
  async #write(told: ToldMessage[], runs: Map<string, GlueRunFact | null>): Promise<Set<string>> {
    try {
      await this.#ingest(told, runs);
      return new Set(told.map(({ message }) => message.id));
    } catch (error) {
      if (told.length < 2 || findAppError(error)) throw error;
      log.warn({ environment: this.environment.name, source: "events", err: error }, "messages are written one by one");
    }
    const written = new Set<string>();
    for (const each of told) {
      try {
        await this.#ingest([each], runs);
        written.add(each.message.id);
      } catch (error) {
        if (findAppError(error)) throw error;
        log.error({ environment: this.environment.name, source: "events", message: each.message.id, err: error }, "left to the queue");
      }
    }
    return written;
  }

  async #ingest(told: ToldMessage[], runs: Map<string, GlueRunFact | null>): Promise<void> {
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
    const facts = new Map(told.flatMap(({ said }) => (said.kind === "run" ? [[said.jobRunId, runs.get(said.jobRunId) ?? null]] : [])));
    const found = [...facts.values()].filter((fact) => fact !== null);
    await ingest(this.scope, this.#seen(told), async (tx, changes) => {
      await ingestTaskDefinitions(tx, this.scope, definitions);
      if (tasks.length > 0) await ingestEcsEvents(tx, this.scope, changes, tasks);
      if (found.length > 0) await ingestGlueRuns(tx, this.scope, changes, found);
    });
  }

  #seen(told: ToldMessage[]): Look {
    const count = (kind: Told["kind"]) => told.filter(({ said }) => said.kind === kind).length;
    return {
      source: "events",
      calls: takeCalls(this.environment.name, "events"),
      staleAfterMs: staleAfterMs(eventsPace),
      ...(told.length > 0 ? { cursor: plus(told.length, count("other"), count("poison")) } : {}),
      ...(this.#unreadable === null ? {} : { remark: remarkOf([...remarksOn(this.#unreadable), ...this.#refusals.remarks()]) }),
    };
  }

  /**
   * An event names a run and its state, nothing more; each run is asked for once, null is one that is not there. Those that cannot be read now are left
   * out: their messages come again, and polling finds them too.
   */
  async #readRuns(told: ToldMessage[]): Promise<Map<string, GlueRunFact | null>> {
    const runs = new Map<string, GlueRunFact | null>();
    const named = new Map(told.flatMap(({ said }) => (said.kind === "run" ? [[said.jobRunId, said]] : [])));
    try {
      for (const { jobName, jobRunId } of named.values()) {
        const run = await this.#refusals.unlessRefused(`Glue job ${jobName}`, () => this.#askRun(jobName, jobRunId));
        if (run) runs.set(jobRunId, run === "missing" ? null : run);
      }
    } catch (error) {
      const own = findAppError(error);
      if (!own) throw error;
      // Glue's own health tells it.
      log.warn({ environment: this.environment.name, source: "events" }, `messages of Glue wait: ${own.message}`);
    }
    return runs;
  }

  async #askRun(jobName: string, jobRunId: string): Promise<GlueRunFact | "missing"> {
    try {
      return (await getJobRun(this.environment, jobName, jobRunId)) ?? "missing";
    } catch (error) {
      if (findAppError(error)?.code === "not_found") return "missing";
      throw error;
    }
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
