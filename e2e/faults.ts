import { ENVIRONMENT } from "./api";
import { ledger } from "./ledger";
import { controlCall } from "./platform";

type Service = "airflow" | "ecs" | "glue" | "logs" | "monitoring" | "sqs" | "sts" | "warehouse";

/** As the fault proxy of the test platform reads it (infra/local/fault-proxy/rules.ts). */
export interface Fault {
  service: Service;
  fault: string;
  operation?: string;
  path?: string;
  times?: number;
}

/** Breaks what lies between the dashboard and what it reads; replaces what was broken before. */
export const breakSources = (faults: Fault[]) => controlCall("PUT", "/faults", faults);

export const mendSources = () => controlCall("DELETE", "/faults");

/** Requests that the dashboard has made since this was last asked. */
export async function requestsSince(): Promise<{ service: string; operation: string; count: number }[]> {
  const { calls } = (await controlCall("GET", "/faults/calls")) as { calls: { service: string; operation: string; count: number }[] };
  return calls;
}

/** Tells the collector that something is about to happen, as a trigger does: it looks at once, and then at its active pace. */
export const pokeCollector = () => ledger("select pg_notify('penstock_poke', $1)", [ENVIRONMENT]);
