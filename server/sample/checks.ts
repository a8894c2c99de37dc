import "server-only";
import type { TableCheckFact } from "@/lib/schemas/facts";
import { company, type Pipeline } from "./company";
import { runsOfPipeline } from "./runs";
import type { Load, SimulatedRun } from "./timeline";
import { dayMs, type World } from "./world";

/** The newest load of each table, kept up to date with the runs that are told. */
export class LatestLoads {
  readonly #loads = new Map<string, Load>();

  add(run: SimulatedRun, now: number): void {
    for (const load of run.tries.flatMap(({ loads }) => loads)) {
      const known = this.#loads.get(load.table.name);
      if (load.finishedAt <= now && (!known || load.finishedAt > known.finishedAt)) this.#loads.set(load.table.name, load);
    }
  }

  /** Looks back from `now` until each table of the pipeline has a load. */
  find(world: World, pipeline: Pipeline, now: number): void {
    const tables = company.tables.filter((table) => table.pipeline === pipeline.id);
    const step = pipeline.schedule.kind === "monthly" ? 32 * dayMs : pipeline.schedule.kind === "interval" ? dayMs / 4 : dayMs;
    const first = world.instant(-1);
    for (let to = now + 1; to > first && tables.some(({ name }) => !this.#loads.has(name)); to -= step)
      for (const run of runsOfPipeline(world, pipeline, to - step, to)) this.add(run, now);
  }

  /** What a look at each table of the warehouse says at `now`. */
  checks(world: World, now: number): TableCheckFact[] {
    return company.tables.map(({ name }) => {
      const load = this.#loads.get(name);
      return {
        tableName: name,
        evidence: "table_load",
        evidenceDetail: "penstock.table_load",
        loadedAt: load ? new Date(load.finishedAt) : null,
        dataThrough: load?.dataThrough ?? null,
        error: null,
        tookMs: 4 + world.random.draw(`check|${name}`, 40),
        checkedAt: new Date(now),
      };
    });
  }
}
