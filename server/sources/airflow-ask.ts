import "server-only";
import { z } from "zod";
import type { EnvironmentFact } from "@/lib/schemas/facts";
import type { EnvironmentConfig } from "@/server/env";
import { AppError, findAppError } from "@/server/errors";
import type { AirflowAdapter, Asked, Listing, Page, Slice } from "./airflow-adapter";
import { PageSize, readPages } from "./airflow-paging";
import { UnsendableId } from "./airflow-paths";
import { supportedVersions, supportOf } from "./airflow-versions";
import { type Budget, systemName } from "./call";
import { getEnvironment, type InvokeOptions, invoke, obstacleOf, pathTooLong, pollBudget } from "./mwaa";
import { isLate, translate } from "./translate";

const environmentAgeMs = 60_000;
/** Airflow that answered so lately is up. */
const upMs = 10_000;
/** The longest Path of the service model. */
const modelPathLength = 64;
const probeAgeMs = 60_000;
const refusedPathMs = 3_600_000;

/** What this process knows of one environment's Airflow. */
interface Known {
  readAt: number;
  fact: Promise<EnvironmentFact>;
  answeredAt: number;
  probedAt: number;
  /** The shortest path that MWAA has refused of late: those as long are not asked for again. */
  refusedPath: { length: number; at: number };
  sizes: Map<string, PageSize>;
  /** What could not be read as MWAA refuses its path: the last of each kind. */
  refused: Map<string, string>;
  version: string | null;
}

const shared = globalThis as typeof globalThis & { penstockAirflows?: Map<string, Known> };

function knownOf(environment: EnvironmentConfig): Known | undefined {
  shared.penstockAirflows ??= new Map();
  return shared.penstockAirflows.get(environment.name);
}

/** Forgets what was learnt about every Airflow: for tests. */
export function forgetAirflows(): void {
  shared.penstockAirflows = undefined;
}

/** The MWAA environment, read at most once a minute. */
export function readEnvironment(environment: EnvironmentConfig): Promise<EnvironmentFact> {
  const known = knownOf(environment);
  if (known && performance.now() - known.readAt < environmentAgeMs) return known.fact;
  const fact = getEnvironment(environment);
  const never = Number.NEGATIVE_INFINITY;
  const fresh = {
    sizes: new Map(),
    refused: new Map(),
    version: null,
    answeredAt: never,
    probedAt: never,
    refusedPath: { length: 0, at: never },
  };
  const entry: Known = { ...fresh, ...known, readAt: performance.now(), fact };
  shared.penstockAirflows?.set(environment.name, entry);
  fact.then(
    ({ airflowVersion }) => {
      entry.version = airflowVersion;
    },
    () => {
      entry.readAt = Number.NEGATIVE_INFINITY;
    },
  );
  return fact;
}

/** The adapter for a version of Airflow. @throws AppError that names the versions that are read */
export function adapterFor(environment: EnvironmentConfig, airflowVersion: string | null): AirflowAdapter {
  const { adapter } = supportOf(airflowVersion);
  if (adapter) return adapter;
  const system = systemName(environment.name, "airflow");
  throw new AppError("upstream", `${system} is version ${airflowVersion ?? "unknown"}, which Penstock does not read`, {
    system,
    remedy: `Supported: ${supportedVersions}.`,
  });
}

/** What a person should know about how this Airflow is read, though reading it works. */
export function remarksOn(environment: EnvironmentConfig): string[] {
  const known = knownOf(environment);
  if (!known) return [];
  const untested = `Airflow ${known.version} is newer than Penstock was tested with (${supportedVersions})`;
  return [...(supportOf(known.version).state === "untested" ? [untested] : []), ...known.refused.values()];
}

/** Notes that a kind of fact cannot be read where ids are long. */
export function noteRefused(environment: EnvironmentConfig, kind: string, of: string): void {
  knownOf(environment)?.refused.set(kind, `${kind} of ${of} cannot be read: MWAA takes no path that long`);
}

type What<T> = (adapter: AirflowAdapter) => Asked<T>;

/** One request and what its answer says. @throws AppError; `upstream` also for an answer that has not its form */
export async function askMeasured<T>(
  environment: EnvironmentConfig,
  what: What<T>,
  budget: Budget,
  options: InvokeOptions = {},
): Promise<{ found: T; sizeBytes: number }> {
  const { airflowVersion } = await readEnvironment(environment);
  const adapter = adapterFor(environment, airflowVersion);
  const known = knownOf(environment);
  try {
    const asked = what(adapter);
    const { length } = asked.request.path;
    const isRefused = known && length >= known.refusedPath.length && performance.now() - known.refusedPath.at < refusedPathMs;
    if (isRefused) throw pathTooLong(environment.name, `MWAA takes no path of ${length} characters`);
    try {
      const { answer, sizeBytes } = await invoke(environment, asked.request, budget, options);
      if (known) known.answeredAt = performance.now();
      return { found: asked.read(answer), sizeBytes };
    } catch (error) {
      // A shorter one was refused for something else, which says nothing of the others.
      if (known && length > modelPathLength && obstacleOf(error) === "PathTooLong") known.refusedPath = { length, at: performance.now() };
      throw error;
    }
  } catch (error) {
    if (error instanceof UnsendableId) throw pathTooLong(environment.name, error.message, error);
    throw translate(systemName(environment.name, "airflow"), error);
  }
}

const hasJustAnswered = (environment: EnvironmentConfig) =>
  performance.now() - (knownOf(environment)?.answeredAt ?? Number.NEGATIVE_INFINITY) < upMs;

/** One thing to read. An answer that cannot be read, or a 500 for it alone while Airflow is up, is about that thing: `invalid`. */
export const askOneOfMany = <T>(environment: EnvironmentConfig, what: What<T>, budget = pollBudget(environment)): Promise<T> =>
  ask(environment, what, budget, { isOneOfMany: hasJustAnswered(environment) });

/** One thing. An answer that cannot be read is about that thing alone: `invalid`. */
export async function ask<T>(
  environment: EnvironmentConfig,
  what: What<T>,
  budget = pollBudget(environment),
  options: InvokeOptions = {},
): Promise<T> {
  try {
    return (await askMeasured(environment, what, budget, options)).found;
  } catch (error) {
    const own = findAppError(error);
    if (!(own?.cause instanceof z.ZodError)) throw error;
    throw new AppError("invalid", own.message, { system: own.system, remedy: own.remedy, cause: own.cause });
  }
}

/** `ask`, and where MWAA does not take its path the other way, told why it is gone. */
export async function askEitherWay<T>(ask: () => Promise<T>, otherWay: (refusal: unknown) => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (obstacleOf(error) !== "PathTooLong") throw error;
    return otherWay(error);
  }
}

/** All of a list; `name` tells lists whose rows are of different size apart. */
export async function* pages<T>(
  environment: EnvironmentConfig,
  name: string,
  what: (adapter: AirflowAdapter, slice: Slice) => Asked<Listing<T>>,
  budget = pollBudget(environment),
): AsyncGenerator<Page<T>> {
  await readEnvironment(environment);
  const known = knownOf(environment);
  const size = known?.sizes.get(name) ?? new PageSize();
  known?.sizes.set(name, size);
  const askPage = async (slice: Slice, isOneOfMany: boolean) => {
    const answer = await askMeasured(environment, (adapter) => what(adapter, slice), budget, { isOneOfMany });
    return { listing: answer.found, sizeBytes: answer.sizeBytes };
  };
  try {
    yield* readPages(size, async (slice) => {
      const isUp = hasJustAnswered(environment);
      try {
        return await askPage(slice, isUp);
      } catch (error) {
        const own = findAppError(error);
        // A page that takes longer than its deadline is asked for in smaller parts the next time.
        if (isUp && own && isLate(own)) size.shrink();
        if (!isUp && isInternal(own) && (await answersAtAll(environment, budget))) return askPage(slice, true);
        throw error;
      }
    });
  } catch (error) {
    throw translate(systemName(environment.name, "airflow"), error);
  }
}

/** Airflow's own "internal error", which may be about a row of the page as well as an outage. */
const isInternal = (error: AppError | null) => (error?.cause as { RestApiStatusCode?: number } | undefined)?.RestApiStatusCode === 500;

/** Whether Airflow answers something that needs no rows; asked once a minute at most. */
async function answersAtAll(environment: EnvironmentConfig, budget: Budget): Promise<boolean> {
  const known = knownOf(environment);
  if (!known || performance.now() - known.probedAt < probeAgeMs) return false;
  known.probedAt = performance.now();
  return invoke(environment, { method: "GET", path: "/version" }, budget, { isRepeatable: false }).then(
    () => {
      known.answeredAt = performance.now();
      return true;
    },
    () => false,
  );
}
