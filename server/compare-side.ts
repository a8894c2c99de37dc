import "server-only";
import type { Side, SideTask } from "@/lib/compare-sides";
import { AttemptState } from "@/lib/schemas/attempt";
import type { Run } from "@/lib/schemas/run";
import { withoutSecrets } from "@/lib/schemas/secret-names";
import { type EcsTaskRow, type GlueRunRow, type JoinedAttempt, selectAttempts } from "./ledger/read/attempts";
import { selectTaskDefinitions } from "./ledger/read/earlier-attempts";
import type { RunRow } from "./ledger/read/runs";
import { type LoadRow, selectRunLoads } from "./ledger/read/tables";
import { msBetween } from "./wire";

type Definitions = Awaited<ReturnType<typeof selectTaskDefinitions>>;

const rowsOf = ({ load }: LoadRow): number | null =>
  load.rowsInserted === null && load.rowsUpdated === null ? null : (load.rowsInserted ?? 0) + (load.rowsUpdated ?? 0);

/** A sum that is not known as soon as a part of it is not. */
const sum = (parts: (number | null)[]): number | null =>
  parts.length === 0 || parts.includes(null) ? null : parts.reduce<number>((all, part) => all + (part ?? 0), 0);

function containerOf(row: EcsTaskRow, definitions: Definitions): SideTask["container"] {
  return {
    taskDefinition: row.taskDefinition,
    definition: definitions.get(row.taskDefinition) ?? null,
    image: row.image,
    imageDigest: row.imageDigest,
    cpuUnits: row.cpuUnits,
    memoryMib: row.memoryMib,
    ephemeralGib: row.ephemeralGib,
    capacity: row.capacityProvider ?? row.launchType,
  };
}

/** Penstock's own argument names the run, so it differs always. */
const ownArgument = "--PENSTOCK_JOIN_KEY";

function glueOf(row: GlueRunRow): SideTask["glue"] {
  const given = Object.entries(withoutSecrets(row.arguments ?? {})).filter(([name]) => name !== ownArgument);
  return {
    version: row.glueVersion,
    workers: row.numberOfWorkers === null || row.workerType === null ? null : `${row.numberOfWorkers} × ${row.workerType}`,
    class: row.executionClass,
    timeout: row.timeoutMinutes === null ? null : `${row.timeoutMinutes} min`,
    ...Object.fromEntries(given.map(([name, value]) => [`argument ${name}`, String(value)])),
  };
}

function taskOf({ attempt, ecsTask, glueRun }: JoinedAttempt, loads: LoadRow[], definitions: Definitions): SideTask {
  const { usage } = ecsTask ?? {};
  return {
    taskId: attempt.taskId,
    mapIndex: attempt.mapIndex,
    attempt: {
      id: attempt.id,
      tryNumber: attempt.tryNumber,
      state: AttemptState.safeParse(attempt.state).data ?? "unknown",
      durationMs: msBetween(attempt.startedAt, attempt.endedAt),
      memoryPeakMib: usage && "memoryMaxMib" in usage && usage.of === "task" ? usage.memoryMaxMib : null,
      rows: sum(loads.filter(({ load }) => load.attemptId === attempt.id).map(rowsOf)),
    },
    container: ecsTask ? containerOf(ecsTask, definitions) : null,
    glue: glueRun ? glueOf(glueRun) : null,
  };
}

/** One run as it is laid beside another: the newest try of each task with what it ran on, and what was written. */
export async function readSide(row: RunRow, run: Run): Promise<Side> {
  const [attempts, loads] = await Promise.all([selectAttempts(row), selectRunLoads(row)]);
  const latest = attempts.filter(({ attempt }) => attempt.isLatest);
  const names = new Set(latest.flatMap(({ ecsTask }) => ecsTask?.taskDefinition ?? []));
  const definitions = await selectTaskDefinitions(row.environment, [...names]);
  const tables = [...new Set(loads.map(({ load }) => load.tableName))];
  return {
    type: run.type,
    parameters:
      row.conf !== null && typeof row.conf === "object" && !Array.isArray(row.conf)
        ? withoutSecrets(row.conf as Record<string, unknown>)
        : {},
    intervalMs: msBetween(row.dataIntervalStart, row.dataIntervalEnd),
    codeVersion: row.dagVersion,
    tasks: latest.map((each) => taskOf(each, loads, definitions)),
    rows: new Map(tables.map((table) => [table, sum(loads.filter(({ load }) => load.tableName === table).map(rowsOf))])),
  };
}
