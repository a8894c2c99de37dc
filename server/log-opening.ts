import "server-only";
import { setTimeout as delay } from "node:timers/promises";
import { countLines, openingOf } from "@/lib/format/log-view";
import { attemptSaid } from "@/lib/format/states";
import type { AttemptState, LogOpening } from "@/lib/schemas/attempt";
import type { User } from "@/lib/schemas/user";
import { readAttemptLog } from "./logs";

/** A page does not wait longer for its log: it comes without, and the browser reads it. */
const patienceMs = 150;
const firstPage = 2_000;

/** Where the log of an attempt opens; null where it is empty or not there in time. */
export async function readLogOpening(user: User, attempt: { id: string; state: AttemptState }): Promise<LogOpening | null> {
  const late = new AbortController();
  const page = await Promise.race([
    readAttemptLog(user, attempt.id, { limit: firstPage }).catch(() => null),
    delay(patienceMs, null, { signal: late.signal }),
  ]);
  late.abort();
  if (!page || page.lines.length === 0) return null;
  const { bySource, byLevel } = countLines(page.lines);
  return { lines: openingOf(page.lines, attemptSaid[attempt.state].tone === "fail"), bySource: [...bySource], byLevel: [...byLevel] };
}
