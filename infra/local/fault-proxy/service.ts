import type { Options } from "../options";
import type { ServiceSpec } from "../supervisor";
import { type FaultProxy, type SeenCall, startFaultProxy } from "./http-proxy";
import { type PostgresProxy, startPostgresProxy } from "./postgres-proxy";
import type { FaultRule, HttpRule } from "./rules";

/** The faults of a test platform: what the control API sets, and the service that carries them out. */
export interface Faults {
  spec: ServiceSpec;
  /** Replaces all rules. */
  set(rules: FaultRule[]): Promise<void>;
  takeCalls(): SeenCall[];
}

/** Two proxies between Penstock and what it reads: the emulated account, and the warehouse. They live in the supervisor's own process. */
export function faults({ ports }: Options): Faults {
  let http: FaultProxy | null = null;
  let postgres: PostgresProxy | null = null;
  const started = () => {
    if (!http || !postgres) throw new Error("the fault proxy is not running");
    return { http, postgres };
  };
  return {
    spec: {
      name: "faults",
      port: ports.faults,
      async start(add) {
        http = await startFaultProxy({ upstream: `http://127.0.0.1:${ports.aws}`, port: ports.faults });
        postgres = await startPostgresProxy({ upstreamPort: ports.warehouse, port: ports.faultsWarehouse });
        let ended = () => {};
        const exited = new Promise<void>((done) => {
          ended = done;
        });
        const stop = async () => {
          await Promise.all([http?.stop(), postgres?.stop()]);
          ended();
        };
        add({ name: "faults", pid: process.pid, exited, stop, kill: stop });
      },
    },
    async set(rules) {
      const running = started();
      running.http.set(rules.filter((rule): rule is HttpRule => rule.service !== "warehouse"));
      await running.postgres.set(rules.find((rule) => rule.service === "warehouse")?.fault ?? null);
    },
    takeCalls: () => started().http.takeCalls(),
  };
}
