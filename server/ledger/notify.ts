import "server-only";
import { lt, sql } from "drizzle-orm";
import type { Executor } from "./db";
import { change } from "./schema";

/** Browsers listen here, through the hub of the web process. Payload: a JSON array of keys. */
export const changeChannel = "penstock";
/** The collector listens here. Payload: the environment to look at without waiting. */
export const pokeChannel = "penstock_poke";

/** PostgreSQL refuses payloads of 8000 bytes and more. */
const maxPayloadBytes = 7_900;
/** More than fit into a payload, however short they are: what is beyond need not be named. */
export const mostKeys = 1_000;

export type ChangeKey = "runs" | `run:${string}/${string}/${string}` | "pipelines" | "tables" | "status" | "sources" | "activity";

/** The key of one run: ids are percent-encoded whole, as in the pages' paths. */
export function runKey(environment: string, pipeline: string, runId: string): ChangeKey {
  return `run:${[environment, pipeline, runId].map(encodeURIComponent).join("/") as `${string}/${string}/${string}`}`;
}

/** One payload for many keys; when they are too many, each `run:` key gives way to `runs`. */
export function coalesce(keys: Iterable<ChangeKey>): ChangeKey[] {
  const unique = [...new Set(keys)].sort();
  if (Buffer.byteLength(JSON.stringify(unique)) <= maxPayloadBytes) return unique;
  return [...new Set<ChangeKey>(["runs", ...unique.filter((key) => !key.startsWith("run:"))])].sort();
}

/** Tells every web process what changed, when the transaction commits. Nothing is sent for no keys. */
export async function notify(tx: Executor, keys: Iterable<ChangeKey>): Promise<void> {
  const list = coalesce(keys);
  if (list.length === 0) return;
  await tx.insert(change).values({ at: sql`now()`, keys: list });
  await tx.execute(sql`select pg_notify(${changeChannel}, ${JSON.stringify(list)})`);
}

/** Asks the collector to look at `environment` now. */
export async function poke(tx: Executor, environment: string): Promise<void> {
  await tx.execute(sql`select pg_notify(${pokeChannel}, ${environment})`);
}

/** Forgets changes that no browser can still be waiting for. */
export async function pruneChanges(tx: Executor): Promise<void> {
  await tx.delete(change).where(lt(change.at, sql`now() - interval '10 minutes'`));
}
