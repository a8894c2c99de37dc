import { tail } from "./child";
import { explain, say } from "./steps";

export const serviceNames = ["ledger", "warehouse", "metadata", "aws", "airflow", "fx", "faults", "dashboard"] as const;
export type ServiceName = (typeof serviceNames)[number];

export interface Part {
  name: string;
  pid: number;
  exited: Promise<unknown>;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

export interface ServiceSpec {
  name: ServiceName;
  port: number;
  /** Starts everything that the service consists of; resolves when it is really ready to be used. `add` hands over each part as it starts. */
  start(add: (part: Part) => void): Promise<void>;
}

type Status = "stopped" | "starting" | "ready" | "stopping" | "failed";

export interface ServiceState {
  name: ServiceName;
  status: Status;
  port: number;
  pids: number[];
  /** Why it failed; null otherwise. */
  reason: string | null;
}

/** Starts, stops and watches services. Nothing is restarted by itself: an end that nobody asked for is printed and kept as the state. */
export class Supervisor {
  private readonly services = new Map<ServiceName, { spec: ServiceSpec; status: Status; parts: Part[]; reason: string | null }>();
  private readonly queue = new Map<ServiceName, Promise<unknown>>();

  constructor(private readonly state: string) {}

  add(spec: ServiceSpec): void {
    this.services.set(spec.name, { spec, status: "stopped", parts: [], reason: null });
  }

  names(): ServiceName[] {
    return [...this.services.keys()];
  }

  states(): ServiceState[] {
    return [...this.services.values()].map(({ spec, status, parts, reason }) => ({
      name: spec.name,
      status,
      port: spec.port,
      pids: parts.map((part) => part.pid),
      reason,
    }));
  }

  /** Resolves when the service is ready; at once when it is already. What is left of a failed one is stopped first. */
  start(name: ServiceName): Promise<void> {
    return this.inTurn(name, async () => {
      const service = this.get(name);
      if (service.status === "ready") return;
      await this.end(name, "stop");
      service.status = "starting";
      service.reason = null;
      try {
        await service.spec.start((part) => {
          service.parts.push(part);
          void part.exited.then((how) => this.onExit(name, part, how));
        });
        if (service.status === "starting") service.status = "ready";
      } catch (error) {
        service.status = "failed";
        service.reason ??= error instanceof Error ? error.message : String(error);
        throw error;
      }
    });
  }

  stop(name: ServiceName): Promise<void> {
    return this.inTurn(name, () => this.end(name, "stop"));
  }

  /** SIGKILL to every process of the service. */
  kill(name: ServiceName): Promise<void> {
    return this.inTurn(name, () => this.end(name, "kill"));
  }

  /** Stops everything in waves, each wave side by side; a service that will not stop does not keep the others. */
  async stopAll(waves: ServiceName[][]): Promise<void> {
    for (const wave of waves) {
      const known = wave.filter((name) => this.services.has(name));
      // Not in turn: a start that hangs must not keep the platform from ending.
      await Promise.all(known.map((name) => this.end(name, "stop").catch((error: unknown) => say(`  ! ${name}: ${explain(error)}`))));
    }
  }

  private async end(name: ServiceName, how: "stop" | "kill"): Promise<void> {
    const service = this.get(name);
    if (service.parts.length === 0 && service.status !== "starting") {
      service.status = "stopped";
      return;
    }
    service.status = "stopping";
    await Promise.all(service.parts.map((part) => part[how]()));
    service.parts = [];
    service.status = "stopped";
    service.reason = null;
  }

  private onExit(name: ServiceName, part: Part, how: unknown): void {
    const service = this.get(name);
    if (service.status === "stopping" || service.status === "stopped" || !service.parts.includes(part)) return;
    service.reason = `${part.name} ended unexpectedly${how ? ` (${String(how)})` : ""}`;
    const wasReady = service.status === "ready";
    service.status = "failed";
    if (wasReady) say(`  ! ${service.reason}\n${tail(this.state, part.name)}`);
  }

  private get(name: ServiceName) {
    const service = this.services.get(name);
    if (!service) throw new Error(`there is no service ${name} here`);
    return service;
  }

  private inTurn(name: ServiceName, work: () => Promise<void>): Promise<void> {
    const turn = (this.queue.get(name) ?? Promise.resolve()).then(work);
    this.queue.set(
      name,
      turn.catch(() => undefined),
    );
    return turn;
  }
}
