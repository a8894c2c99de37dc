import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { identify } from "./processes";

/** One at a time across processes, by a lock file; the turn of a process that died is taken over. Returns how to give it back. */
export async function takeTurn(file: string): Promise<() => void> {
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, process: identify(process.pid) }), { flag: "wx" });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    if (!isHeld(file)) rmSync(file, { force: true });
    await delay(200);
  }
}

function isHeld(file: string): boolean {
  try {
    const holder = JSON.parse(readFileSync(file, "utf8")) as { pid: number; process: string | null };
    return identify(holder.pid) === holder.process;
  } catch {
    // Being written or already released: look again.
    return existsSync(file);
  }
}
