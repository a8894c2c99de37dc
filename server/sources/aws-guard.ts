import "server-only";
import type { Readable } from "node:stream";
import { NormalizedSchema } from "@smithy/core/schema";

/** InvokeRestApi answers 6 MB at most, and no other call of ours comes near: more is no answer, and must not fill the memory. */
const longestAnswerBytes = 8 * 1024 * 1024;

/** An answer that is none: too long, no data, or values of other types than the service's model has. */
export class UnexpectedAnswer extends Error {
  override name = "UnexpectedAnswer";
}

type Next = (args: unknown) => Promise<{ response?: unknown; output?: unknown }>;
type Middleware = (next: Next, context: Record<string, unknown>) => Next;
interface Stack {
  add(middleware: Middleware, options: { step: "initialize"; name: string; override: boolean }): void;
  addRelativeTo(middleware: Middleware, options: { relation: "after"; toMiddleware: string; name: string; override: boolean }): void;
}
/** The SDK's clients, as far as a guard needs to know them. */
// biome-ignore lint/suspicious/noExplicitAny: each client types its stack by its own commands
export type AnyClient = { middlewareStack: { add: any; addRelativeTo: any }; destroy(): void };

/** Told of the `Date` of each answer that is no error, and when its request was sent, by performance.now(). */
type OnDate = (date: string | undefined, sentAt: number) => void;

/** Sees that answers are bounded and of the types that the service's model names, before anybody takes them for data. */
export function guard(client: AnyClient, onDate: OnDate = () => undefined): void {
  const stack = client.middlewareStack as Stack;
  stack.addRelativeTo(boundBody(onDate), {
    relation: "after",
    toMiddleware: "deserializerMiddleware",
    name: "penstockBoundBody",
    override: true,
  });
  stack.add(checkTypes, { step: "initialize", name: "penstockCheckTypes", override: true });
}

interface HttpAnswer {
  statusCode?: number;
  headers?: Record<string, string>;
  body?: Readable;
}

const boundBody =
  (onDate: OnDate): Middleware =>
  (next) =>
  async (args) => {
    const sentAt = performance.now();
    const result = await next(args);
    const { statusCode = 0, headers = {}, body } = (result.response ?? {}) as HttpAnswer;
    if (statusCode >= 200 && statusCode < 300) onDate(headers.date, sentAt);
    if (/^text\/html\b/i.test(headers["content-type"] ?? "")) {
      body?.resume();
      throw new UnexpectedAnswer("a web page instead of data");
    }
    let bytes = 0;
    body?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > longestAnswerBytes) body.destroy(new UnexpectedAnswer(`more than ${longestAnswerBytes / 1024 / 1024} MB`));
    });
    // Listening makes it flow: it waits for its reader, who comes in this same turn of the event loop.
    body?.pause();
    return result;
  };

const checkTypes: Middleware = (next, context) => async (args) => {
  const result = await next(args).catch((error: unknown) => {
    // The deserialiser's own complaint about an answer that was no error.
    const isComplaint = error instanceof TypeError || error instanceof RangeError;
    if (isComplaint && "$response" in error) throw new UnexpectedAnswer(error.message.split("\n")[0]);
    throw error;
  });
  const { operationSchema } = (context.__smithy_context ?? {}) as { operationSchema?: unknown[] };
  if (operationSchema) {
    const wrong = checkerOf(operationSchema[5] as never)(result.output, "");
    if (wrong) throw new UnexpectedAnswer(wrong);
  }
  return result;
};

/** Says what is wrong with a value, or null. */
type Checker = (value: unknown, path: string) => string | null;

const checkers = new WeakMap<object, Checker>();

function checkerOf(schema: Parameters<typeof NormalizedSchema.of>[0]): Checker {
  const of = NormalizedSchema.of(schema);
  let checker = checkers.get(of);
  if (!checker) {
    let made: Checker | undefined;
    checker = (value, path) => {
      if (value === undefined || value === null) return null;
      made ??= makeChecker(of);
      return made(value, path);
    };
    checkers.set(of, checker);
  }
  return checker;
}

const typed =
  (expected: string, isRight: (value: unknown) => boolean): Checker =>
  (value, path) =>
    isRight(value) ? null : `${path}: expected ${expected}, received ${Array.isArray(value) ? "a list" : typeof value}`;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function makeChecker(schema: NormalizedSchema): Checker {
  if (schema.isStructSchema()) {
    const members = [...schema.structIterator()].map(([name, member]) => [name, checkerOf(member)] as const);
    return (value, path) => {
      if (!isObject(value)) return typed("an object", isObject)(value, path);
      for (const [name, check] of members) {
        const wrong = check(value[name], path ? `${path}.${name}` : name);
        if (wrong) return wrong;
      }
      return null;
    };
  }
  if (schema.isListSchema() || schema.isMapSchema()) {
    const check = checkerOf(schema.getValueSchema());
    const isList = schema.isListSchema();
    return (value, path) => {
      if (isList ? !Array.isArray(value) : !isObject(value)) return typed(isList ? "a list" : "an object", () => false)(value, path);
      for (const [key, each] of Object.entries(value as object)) {
        const wrong = check(each, `${path}.${key}`);
        if (wrong) return wrong;
      }
      return null;
    };
  }
  if (schema.isStringSchema()) return typed("text", (value) => typeof value === "string");
  if (schema.isNumericSchema()) return typed("a number", (value) => typeof value === "number" && !Number.isNaN(value));
  if (schema.isBooleanSchema()) return typed("true or false", (value) => typeof value === "boolean");
  if (schema.isTimestampSchema()) return typed("a time", (value) => value instanceof Date && !Number.isNaN(value.getTime()));
  return () => null;
}
