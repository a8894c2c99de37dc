import "server-only";
import { env } from "@/server/env";
import { switchLedger } from "@/server/ledger/db";
import { log } from "@/server/log";
import { closeClients } from "@/server/sources/aws";
import { closeWarehouses } from "@/server/sources/warehouse";
import { collect } from "./leader";

/** Collects until `stop`, then lets go of everything that it holds. */
export async function runCollector(stop: AbortSignal): Promise<void> {
  log.level = env().logLevel;
  await collect(stop);
  closeClients();
  await closeWarehouses();
  await switchLedger(null);
}
