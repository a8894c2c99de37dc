import "server-only";
import { setMaxListeners } from "node:events";
import { type EnvironmentConfig, env, type SampleConfig } from "@/server/env";
import { findAppError } from "@/server/errors";
import { ledger } from "@/server/ledger/db";
import { type Lease, leaseFreeInMs, releaseLease, renewEveryMs, renewLease, takeLease } from "@/server/ledger/lease";
import { listen } from "@/server/ledger/listen";
import { pokeChannel, pruneChanges } from "@/server/ledger/notify";
import { pruneCalls } from "@/server/ledger/source-health";
import { log } from "@/server/log";
import { Activity } from "./activity";
import { AirflowReading } from "./airflow-reading";
import { keepEstimates } from "./estimates";
import { joinByEvidence } from "./join";
import { AirflowLook, airflowPace } from "./look-airflow";
import { AirflowDetailsLook, detailsPace } from "./look-airflow-details";
import { AirflowHistoryLook, historyPace } from "./look-airflow-history";
import { AirflowStructureLook, structurePace } from "./look-airflow-structure";
import { FailureLook, failurePace } from "./look-failures";
import { WarehouseLook, warehousePace } from "./look-warehouse";
import { type Loop, runLoop, Sleeper } from "./loop";
import { ingest, type Scope } from "./scope";

const leaseName = "collector";
const housekeepingMs = 30_000;
/** A lease expires at a moment, and is free after it. */
const afterExpiryMs = 20;

interface Watched {
  activity: Activity;
  sleepers: Sleeper[];
  loops: Promise<void>[];
}

type Watch = Pick<Loop, "source" | "pace" | "trouble"> & { look: Pick<Loop, "look"> };

/** The source's health is the look at what changes; what fails behind it is a remark there. */
const troubleOf =
  ({ troubles }: AirflowReading, kind: string) =>
  (message: string | null) => {
    if (message === null) troubles.delete(kind);
    else troubles.set(kind, `${kind} cannot be read: ${message}`);
  };

/** The looks at AWS that this configuration asks for: the client of a service is loaded for them alone, and takes its room. */
async function looksAtAws(environment: EnvironmentConfig, scope: Scope, activity: Activity): Promise<Watch[]> {
  const looks: Watch[] = [];
  if (environment.ecs.length > 0) {
    const { EcsLook, ecsPace } = await import("./look-ecs");
    looks.push({ source: "ecs", pace: ecsPace, look: new EcsLook(environment, scope, activity) });
  }
  if (environment.glue.length > 0) {
    const { GlueLook, gluePace } = await import("./look-glue");
    looks.push({ source: "glue", pace: gluePace, look: new GlueLook(environment, scope, activity) });
  }
  if (environment.events) {
    const { EventsLook, eventsPace } = await import("./look-events");
    looks.push({ source: "events", pace: eventsPace, look: new EventsLook(environment, scope, activity) });
  }
  if (environment.ecs.length + environment.glue.length > 0) {
    const { MetricsLook, metricsPace } = await import("./look-metrics");
    looks.push({ source: "metrics", pace: metricsPace, look: new MetricsLook(environment, scope) });
  }
  return looks;
}

/** One loop for each source of an environment: none waits for another. */
async function watch(environment: EnvironmentConfig, lease: Lease, signal: AbortSignal): Promise<Watched> {
  const scope: Scope = { environment: environment.name, region: environment.region, mwaaName: environment.mwaa, lease };
  const activity = new Activity(environment.name);
  const tables = env().tables.filter((table) => table.environment === environment.name);
  const reading = new AirflowReading(environment, scope, activity);
  const looks: Watch[] = [
    { source: "airflow", pace: airflowPace, look: new AirflowLook(reading) },
    { source: "airflow", pace: detailsPace, look: new AirflowDetailsLook(reading), trouble: troubleOf(reading, "DAGs, tries and XComs") },
    { source: "airflow", pace: historyPace, look: new AirflowHistoryLook(reading), trouble: troubleOf(reading, "Earlier runs") },
    {
      source: "airflow",
      pace: structurePace,
      look: new AirflowStructureLook(reading),
      trouble: troubleOf(reading, "Tasks, code and pools"),
    },
    { source: "logs", pace: failurePace, look: new FailureLook(environment, scope, activity) },
  ];
  looks.push(...(await looksAtAws(environment, scope, activity)));
  if (environment.warehouse)
    looks.push({ source: "warehouse", pace: warehousePace, look: new WarehouseLook(environment, tables, scope, activity) });

  const sleepers: Sleeper[] = [];
  const loops = looks.map(({ look, ...each }) => {
    const sleeper = new Sleeper();
    sleepers.push(sleeper);
    return runLoop({ environment: environment.name, ...each, lease, signal, look: () => look.look() }, sleeper);
  });
  loops.push(keepHouse(scope, signal), keepEstimates(scope, signal));
  return { activity, sleepers, loops };
}

/** The simulated company is told by one loop, which has no source to wait for. */
async function tellSample({ name, seed, days }: SampleConfig, lease: Lease, signal: AbortSignal): Promise<void> {
  const { SampleLook, samplePace } = await import("./look-sample");
  const look = new SampleLook({ name, seed: String(seed), days }, lease);
  await Promise.all([
    runLoop({ environment: name, source: "airflow", pace: samplePace, lease, signal, look: () => look.look() }, new Sleeper()),
    keepEstimates({ environment: name, region: "", mwaaName: "", lease }, signal),
  ]);
}

/** Joins that wait for time to pass, and changes that nobody waits for any more. */
async function keepHouse(scope: Scope, signal: AbortSignal): Promise<void> {
  const sleeper = new Sleeper();
  while (!signal.aborted) {
    try {
      await ingest(scope, null, async (tx, changes) => {
        await joinByEvidence(tx, scope, changes, "recent");
        await pruneChanges(tx);
        await pruneCalls(tx);
      });
    } catch (error) {
      if (findAppError(error)?.system === "ledger")
        log.debug({ environment: scope.environment, err: error }, "housekeeping waits for the ledger");
      else log.error({ environment: scope.environment, err: error }, "housekeeping failed");
    }
    await sleeper.sleep(housekeepingMs, signal);
  }
}

/** Watches everything until the lease is lost or `stop` aborts. */
async function lead(lease: Lease, stop: AbortSignal): Promise<void> {
  const lost = new AbortController();
  const signal = AbortSignal.any([stop, lost.signal]);
  // Each loop of each environment sleeps on it.
  setMaxListeners(0, signal);
  const watching = env().environments.map(async (environment) => [environment.name, await watch(environment, lease, signal)] as const);
  const watched = new Map(await Promise.all(watching));
  const { sample } = env();
  const telling = sample ? tellSample(sample, lease, signal) : null;
  const poked = listen(
    pokeChannel,
    (name) => {
      const one = watched.get(name);
      one?.activity.poke();
      for (const sleeper of one?.sleepers ?? []) sleeper.wake();
    },
    (state) => log.debug({ state }, "listening for pokes"),
  );
  const sleeper = new Sleeper();
  while (!signal.aborted) {
    await sleeper.sleep(renewEveryMs, signal);
    if (signal.aborted) break;
    try {
      if (!(await renewLease(lease))) {
        log.warn({ epoch: lease.epoch }, "another collector leads now");
        lost.abort();
      }
    } catch (error) {
      // Without the ledger nobody can take the lease, and nothing can be written: hold on until it answers.
      if (findAppError(error)?.system !== "ledger") throw error;
    }
  }
  // First of all: another may lead at once, and what our loops still write is refused when it does.
  if (stop.aborted) await releaseLease(lease).catch((error) => log.debug({ err: error }, "the lease will expire by itself"));
  await poked.stop();
  await Promise.all([telling, ...[...watched.values()].flatMap((each) => each.loops)]);
}

/** Leads whenever it can, waits while another does; returns when `stop` aborts. */
export async function collect(stop: AbortSignal): Promise<void> {
  const holder = `${env().replica}:${Date.now()}`;
  const sleeper = new Sleeper();
  let isWaiting = false;
  while (!stop.aborted) {
    let lease: Lease | null = null;
    let waitMs = renewEveryMs;
    try {
      await ledger().execute("select 1");
      lease = await takeLease(leaseName, holder);
      // Not a whole period after the expiry: a dead leader's work waits for us.
      if (!lease) waitMs = Math.min(renewEveryMs, (await leaseFreeInMs(leaseName)) + afterExpiryMs);
      if (lease) log.info({ epoch: lease.epoch, environments: env().environments.map((each) => each.name) }, "collecting");
      else if (!isWaiting) log.info("another collector leads; waiting to take over");
      isWaiting = lease === null;
    } catch (error) {
      const own = findAppError(error);
      if (!isWaiting) log.warn({ err: own ? undefined : error }, own?.message ?? "the lease could not be taken");
      isWaiting = true;
    }
    if (lease) await lead(lease, stop);
    else await sleeper.sleep(waitMs, stop);
  }
}
