import { execFileSync } from "node:child_process";

const pollMs = 1_500;

/** Calls back once the npm that started this process has ended. npm may have a shell between itself and us, which would outlive it. */
export function whenStarterIsGone(tell: () => void): void {
  const watched = starters();
  const timer = setInterval(() => {
    if (starters() === watched) return;
    clearInterval(timer);
    tell();
  }, pollMs);
  timer.unref();
}

/** Our parent, and its parent when ours is only a shell. */
function starters(): string {
  const parent = ask("ppid=,comm=", process.ppid);
  const isShell = /\/?(sh|dash|bash|zsh)$/.test(parent);
  return isShell ? `${process.ppid} ${parent}` : String(process.ppid);
}

function ask(columns: string, pid: number): string {
  try {
    return execFileSync("ps", ["-o", columns, "-p", String(pid)], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}
