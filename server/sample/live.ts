import "server-only";
import { setImmediate as breathe } from "node:timers/promises";
import { company } from "./company";
import { forgottenAt } from "./container-facts";
import { runsOfPipeline } from "./runs";
import type { SimulatedRun, Try } from "./timeline";
import { dayMs, type World } from "./world";

/** Nothing that is told of a run happens so long after it is due. */
const longestMs = 2 * dayMs;
/** Runs are computed so far ahead of the clock. */
const aheadMs = 10 * 60_000;

/** The runs of the company with runAfter of [from, to); other work of the process has its turn after each pipeline. */
export async function* runsInTurn(world: World, from: number, to: number): AsyncGenerator<SimulatedRun> {
  for (const pipeline of company.pipelines) {
    yield* runsOfPipeline(world, pipeline, from, to);
    await breathe();
  }
}

const changesOfTry = (world: World, { queuedAt, startedAt, endedAt, container, glue, loads }: Try) => [
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
        forgottenAt(world, container),
      ]
    : []),
  ...(glue ? [glue.startedAt, glue.bootedAt, glue.completedAt] : []),
  ...loads.map(({ finishedAt }) => finishedAt),
];

/** When something of a run is news. */
const changesOf = (world: World, run: SimulatedRun): number[] =>
  [run.runAfter, run.queuedAt, run.startedAt, run.endedAt, ...run.tries.flatMap((each) => changesOfTry(world, each))].filter(
    (at) => at !== null,
  );

interface OpenRun {
  run: SimulatedRun;
  changes: number[];
  last: number;
}

/** The runs that may change, as time goes on. */
export class OpenRuns {
  #runs: OpenRun[] = [];
  #until: number;

  /** @param from the moment that is told already */
  constructor(
    readonly world: World,
    from: number,
  ) {
    this.#until = from - longestMs;
  }

  /** Those that were told of or soon will be. */
  get runs(): SimulatedRun[] {
    return this.#runs.map(({ run }) => run);
  }

  /** The runs of which anything happened after `from` and until `to`. */
  async changed(from: number, to: number): Promise<SimulatedRun[]> {
    if (to >= this.#until) {
      const until = to + aheadMs;
      for await (const run of runsInTurn(this.world, this.#until, until)) {
        const changes = changesOf(this.world, run);
        this.#runs.push({ run, changes, last: Math.max(...changes) });
      }
      this.#until = until;
    }
    this.#runs = this.#runs.filter(({ last }) => last > from);
    return this.#runs.filter(({ changes }) => changes.some((at) => from < at && at <= to)).map(({ run }) => run);
  }
}
