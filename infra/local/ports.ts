import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { Fix } from "./steps";

/**
 * Every port of the platform, all on loopback. The second profile adds `testOffset`; `--port-base N` gives N, N+1, … in this order;
 * PENSTOCK_PORT_<NAME> (AWS, LEDGER, AIRFLOW_LOGS, …) sets one alone.
 */
const table = {
  dashboard: 3000,
  aws: 4566,
  ledger: 5541,
  warehouse: 5542,
  metadata: 5543,
  airflow: 8791,
  airflowLogs: 8792,
  airflowTriggererLogs: 8793,
  airflowHealth: 8794,
  fx: 8795,
  control: 8799,
  faults: 8796,
  faultsWarehouse: 8797,
} as const;

export type PortName = keyof typeof table;
export type Ports = Record<PortName, number>;
export const portNames = Object.keys(table) as PortName[];
export const testOffset = 10_000;
const highest = 65_535;

const variable = (name: string) => `PENSTOCK_PORT_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/** The ports of one platform. @throws Fix naming the variable that is no port */
export function choosePorts(options: { base?: number; offset?: number }, variables: Record<string, string | undefined>): Ports {
  const chosen = portNames.map((name, index): [PortName, number] => {
    const given = variables[variable(name)];
    const port =
      given !== undefined ? Number(given) : options.base !== undefined ? options.base + index : table[name] + (options.offset ?? 0);
    if (!Number.isInteger(port) || port < 1 || port > highest) {
      throw new Fix(`${variable(name)}=${given ?? port} is not a port`, `Set it, or --port-base, to a number from 1 to ${highest}.`);
    }
    return [name, port];
  });
  return Object.fromEntries(chosen) as Ports;
}

const isFree = (port: number) =>
  new Promise<boolean>((answer) => {
    const probe = createServer();
    probe.once("error", () => answer(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => answer(true)));
  });

/** Refuses with every taken port, each named with the process that holds it. */
export async function requireFree(ports: Partial<Ports>): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    if (!(await isFree(port))) taken.push(`port ${port} (${name}) is taken by ${ownerOf(port) ?? "another user's process"}`);
  }
  if (taken.length > 0) throw new Fix(taken.join("\n"), "Stop it, or start with --port-base N for another range.");
}

/** `process 123 (node server.js)`: who listens on a loopback port; null when that is not ours to see. */
export function ownerOf(port: number): string | null {
  const pid = process.platform === "linux" ? listenerByProc(port) : listenerByLsof(port);
  return pid === null ? null : `process ${pid} (${commandOf(pid)})`;
}

function commandOf(pid: number): string {
  try {
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" })
      .trim()
      .slice(0, 160);
  } catch {
    return "unknown command";
  }
}

const listening = "0A";

function listenerByProc(port: number): number | null {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  const sockets = new Set<string>();
  for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
    for (const line of readable(() => readFileSync(file, "utf8"), "")
      .split("\n")
      .slice(1)) {
      const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === listening && local.endsWith(`:${hex}`)) sockets.add(`socket:[${inode}]`);
    }
  }
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of readable(() => readdirSync(`/proc/${pid}/fd`), [])) {
      if (sockets.has(readable(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`), ""))) return Number(pid);
    }
  }
  return null;
}

function listenerByLsof(port: number): number | null {
  const found = readable(() => execFileSync("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-t"], { encoding: "utf8" }), "");
  return found.trim() === "" ? null : Number(found.trim().split("\n")[0]);
}

/** A process may end, or be another user's, while it is looked at. */
function readable<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
