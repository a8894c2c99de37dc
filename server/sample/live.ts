import "server-only";
import { setImmediate as breathe } from "node:timers/promises";
import { company } from "./company";
import { runsOfPipeline } from "./runs";
import type { SimulatedRun, Try } from "./timeline";
import { dayMs, type World } from "./world";

/** No run lasts as long: what is still open began since. */
const longestRunMs = dayMs;
/** Runs are computed so far ahead of the clock. */
const aheadMs = 10 * 60_000;

/** The runs of the company with runAfter of [from, to); other work of the process has its turn after each pipeline. */
export async function* runsInTurn(world: World, from: number, to: number): AsyncGenerator<SimulatedRun> {
  for (const pipeline of company.pipelines) {
    yield* runsOfPipeline(world, pipeline, from, to);
    await breathe();
  }
}

const changesOfTry = ({ queuedAt, startedAt, endedAt, container, glue, loads }: Try) => [
  queuedAt,
  startedAt,
  endedAt,
  ...(container
    ? [
        container.createdAt,
        container.pullStartedAt,
        container.pullStoppedAt,
        container.startedAt,
        container.stoppingAt,
        container.stoppedAt,
      ]
    : []),
  ...(glue ? [glue.startedAt, glue.bootedAt, glue.completedAt] : []),
  ...loads.map(({ finishedAt }) => finishedAt),
];

function hasChanged(run: SimulatedRun, from: number, to: number): boolean {
  const isBetween = (at: number | null) => at !== null && from < at && at <= to;
  return (
    [run.runAfter, run.queuedAt, run.startedAt, run.endedAt].some(isBetween) || run.tries.some((each) => changesOfTry(each).some(isBetween))
  );
}

/** The runs that may change, as time goes on. */
export class OpenRuns {
  #runs: SimulatedRun[] = [];
  #until: number;

  /** @param from the moment that is told already */
  constructor(
    readonly world: World,
    from: number,
  ) {
    this.#until = from - longestRunMs;
  }

  /** The runs of which anything happened after `from` and until `to`. */
  async changed(from: number, to: number): Promise<SimulatedRun[]> {
    if (to >= this.#until) {
      const until = to + aheadMs;
      for await (const run of runsInTurn(this.world, this.#until, until)) this.#runs.push(run);
      this.#until = until;
    }
    this.#runs = this.#runs.filter(({ endedAt }) => endedAt + longestRunMs / 24 > from);
    return this.#runs.filter((run) => hasChanged(run, from, to));
  }
}
