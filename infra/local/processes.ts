import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

export interface ProcessInfo {
  pid: number;
  parent: number;
  group: number;
  /** Session; the group where a system does not show it. */
  session: number;
}

/** Every process of this machine that we can see. */
export function listProcesses(): ProcessInfo[] {
  return process.platform === "linux" ? fromProc() : fromPs();
}

function fromProc(): ProcessInfo[] {
  const found: ProcessInfo[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      // The command stands in parentheses and may hold spaces and parentheses itself.
      const [state, parent, group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state !== "Z") found.push({ pid: Number(name), parent: Number(parent), group: Number(group), session: Number(session) });
    } catch {
      // It ended while the list was read.
    }
  }
  return found;
}

function fromPs(): ProcessInfo[] {
  const text = execFileSync("ps", ["-axo", "pid=,ppid=,pgid=,stat="], { encoding: "utf8" });
  return text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => !state?.startsWith("Z"))
    .map(([pid, parent, group]) => ({ pid: Number(pid), parent: Number(parent), group: Number(group), session: Number(group) }));
}

/** The processes of these sessions, their descendants and the groups that those lead, the roots included. */
export function membersOf(roots: number[], processes = listProcesses()): number[] {
  const found = new Set(processes.filter((each) => roots.includes(each.pid) || roots.includes(each.session)).map((each) => each.pid));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const each of processes) if (found.has(each.parent) || found.has(each.group)) found.add(each.pid);
  }
  return [...found].filter((pid) => pid !== process.pid);
}

export function signal(pids: number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      // Already gone, which is what was wanted.
    }
  }
}

/** Ends whole sessions: SIGTERM to the roots alone, which end their own children, then SIGKILL to whatever is left. */
export async function endSessions(roots: number[], graceMs: number): Promise<void> {
  // A grandchild that made a session of its own is found only while its parent lives.
  const before = membersOf(roots);
  const left = () => {
    const processes = listProcesses();
    const alive = new Set(processes.map((each) => each.pid));
    return [...new Set([...membersOf(roots, processes), ...before.filter((pid) => alive.has(pid))])];
  };
  signal(roots, "SIGTERM");
  const until = Date.now() + graceMs;
  while (Date.now() < until) {
    if (left().length === 0) return;
    await delay(50);
  }
  for (let members = left(); members.length > 0; members = left()) {
    signal(members, "SIGKILL");
    await delay(20);
  }
}

/** SIGKILL to whole sessions; resolves when nothing of them is left. */
export async function killSessions(roots: number[]): Promise<void> {
  for (let members = membersOf(roots); members.length > 0; members = membersOf(roots)) {
    signal(members, "SIGKILL");
    await delay(20);
  }
}

/** When a process began: tells it from a later one with the same id. Null when it is gone. Its command would not do: Airflow renames itself. */
export function identify(pid: number): string | null {
  try {
    return process.platform === "linux" ? startTicks(pid) : startTime(pid);
  } catch {
    return null;
  }
}

function startTicks(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  if (state === "Z") throw new Error(`${pid} has ended`);
  return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${rest[18]}`;
}

const startTime = (pid: number) =>
  execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
