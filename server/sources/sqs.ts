import "server-only";
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { z } from "zod";
import type { EnvironmentConfig } from "@/server/env";
import { AppError } from "@/server/errors";
import { clientFor, clientSettings } from "./aws";
import { perSecond } from "./budgets";
import { type Budget, call } from "./call";

/** SQS itself takes thousands a second; this is what its bill should be. */
export const budget = (environment: EnvironmentConfig): Budget => ({
  environment: environment.name,
  source: "events",
  purpose: "poll",
  perSecond: perSecond.events,
  burst: 40,
});

/** SQS's own limit, for receiving and deleting. */
const batchLimit = 10;
/** Below the deadline of a call, so that an empty queue is no failure. */
const waitSeconds = 5;
/** A message that was not deleted comes again after this: longer than an ingest with its retries takes. */
const hiddenSeconds = 60;

const client = (environment: EnvironmentConfig) =>
  clientFor("sqs", environment, "read", () => new SQSClient(clientSettings(environment, "read")));

function queueOf(environment: EnvironmentConfig): string {
  if (environment.events) return environment.events;
  throw new AppError("invalid", `${environment.name} has no queue of events`, { remedy: "Set events in penstock.yaml." });
}

/** What EventBridge puts into a queue. */
const Envelope = z.object({
  id: z.string(),
  source: z.string(),
  "detail-type": z.string(),
  account: z.string(),
  region: z.string(),
  time: z.string().optional(),
  detail: z.record(z.string(), z.unknown()),
});

export interface StateChange {
  source: string;
  type: string;
  account: string;
  region: string;
  detail: Record<string, unknown>;
}

export interface QueueMessage {
  id: string;
  /** Deletes this delivery of the message. */
  receipt: string;
  /** Null: not an event of EventBridge, and `why`. */
  event: StateChange | null;
  why: string | null;
}

/** An EventBridge event from the body of a message. */
function readBody(body: string | undefined): Pick<QueueMessage, "event" | "why"> {
  let raw: unknown;
  try {
    raw = JSON.parse(body ?? "");
  } catch {
    return { event: null, why: "its body is not JSON" };
  }
  const read = Envelope.safeParse(raw);
  if (!read.success) return { event: null, why: `not an EventBridge event: ${read.error.issues[0]?.path.join(".") || "its form"}` };
  const { source, account, region, detail, "detail-type": type } = read.data;
  return { event: { source, type, account, region, detail }, why: null };
}

/** The next messages, at most ten; an empty queue is waited for, unless `isPatient` is false. */
export async function receiveMessages(environment: EnvironmentConfig, isPatient: boolean): Promise<QueueMessage[]> {
  const answer = await call(
    budget(environment),
    (abortSignal) =>
      client(environment).send(
        new ReceiveMessageCommand({
          QueueUrl: queueOf(environment),
          MaxNumberOfMessages: batchLimit,
          WaitTimeSeconds: isPatient ? waitSeconds : 0,
          VisibilityTimeout: hiddenSeconds,
        }),
        { abortSignal },
      ),
    { operation: "sqs:ReceiveMessage" },
  );
  return (answer.Messages ?? []).flatMap(({ MessageId, ReceiptHandle, Body }) =>
    ReceiptHandle ? [{ id: MessageId ?? "", receipt: ReceiptHandle, ...readBody(Body) }] : [],
  );
}

/** Deletes messages for good. @returns how many SQS would not delete: they come again */
export async function deleteMessages(environment: EnvironmentConfig, messages: QueueMessage[]): Promise<number> {
  let failed = 0;
  for (let from = 0; from < messages.length; from += batchLimit) {
    const Entries = messages.slice(from, from + batchLimit).map(({ receipt }, index) => ({ Id: String(index), ReceiptHandle: receipt }));
    const answer = await call(
      budget(environment),
      (abortSignal) =>
        client(environment).send(new DeleteMessageBatchCommand({ QueueUrl: queueOf(environment), Entries }), { abortSignal }),
      { operation: "sqs:DeleteMessage" },
    );
    failed += answer.Failed?.length ?? 0;
  }
  return failed;
}
