import "server-only";
import type { PoolFact } from "@/lib/schemas/facts";
import { company, type Task } from "./company";
import type { SimulatedRun, Try } from "./timeline";

interface Pool {
  name: string;
  slots: number;
}

const usual: Pool = { name: "default_pool", slots: 16 };
const containers: Pool = { name: "containers", slots: 8 };
const spark: Pool = { name: "spark", slots: 8 };

/** Of how many groups of shards one still runs when the last begins. */
const groupsAtOnce = 3;

/** A mapped task has a pool of its own. */
export function poolOf(task: Task): Pool {
  if (task.kind === "mapped") return { name: `${task.id}_shards`, slots: task.slots * groupsAtOnce };
  if (task.kind === "ecs") return containers;
  return task.kind === "glue" ? spark : usual;
}

function allPools(): Pool[] {
  const own = company.pipelines.flatMap(({ tasks }) => tasks.filter(({ kind }) => kind === "mapped").map(poolOf));
  return [...new Map([usual, containers, spark, ...own].map((pool) => [pool.name, pool])).values()];
}

const isOpen = (at: number, { queuedAt, endedAt }: Try) => queuedAt !== null && queuedAt <= at && at < endedAt;

/** The pools as Airflow tells them at a moment: what runs has its slot, what is queued takes the others, the rest waits for one. */
export function poolFacts(runs: SimulatedRun[], at: number): PoolFact[] {
  const counts = new Map<string, { running: number; waiting: number }>();
  for (const run of runs) {
    for (const each of run.tries) {
      if (!isOpen(at, each)) continue;
      const { name } = poolOf(each.task);
      const count = counts.get(name) ?? { running: 0, waiting: 0 };
      if (each.startedAt !== null && each.startedAt <= at) count.running += 1;
      else count.waiting += 1;
      counts.set(name, count);
    }
  }
  return allPools().map(({ name, slots }) => {
    const { running, waiting } = counts.get(name) ?? { running: 0, waiting: 0 };
    const queued = Math.min(waiting, Math.max(0, slots - running));
    return { name, slots, occupied: running + queued, running, queued, scheduled: waiting - queued };
  });
}
