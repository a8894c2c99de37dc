import "server-only";
import type { GlueRunFact, SparkMetrics } from "@/lib/schemas/facts";
import { joinKeyOf, past } from "./facts";
import { saidOf } from "./failure-texts";
import type { GlueWork, SimulatedRun, Try } from "./timeline";
import { dpuOf } from "./tries";
import type { World } from "./world";

/** A Glue run with what CloudWatch measured of its Spark. */
export interface GlueWithUse extends GlueRunFact {
  metrics: SparkMetrics | null;
  metricsReadAt: Date | null;
  isMeasured: boolean;
}

export const glueLogGroup = "/aws-glue/jobs";

function endOf({ class: failure }: Try): string {
  if (failure === null || failure === "heartbeat_lost") return "SUCCEEDED";
  return failure === "glue_timeout" ? "TIMEOUT" : "FAILED";
}

/** The Glue run of a try as it is known at `now`. */
export function glueFact(world: World, run: SimulatedRun, each: Try, now: number): GlueWithUse | null {
  const { glue } = each;
  if (!glue || glue.startedAt > now) return null;
  const { job } = glue;
  const isOver = glue.completedAt <= now;
  const changedAt = [glue.completedAt, glue.bootedAt].find((at) => at <= now) ?? glue.startedAt;
  return {
    jobName: job.name,
    jobRunId: glue.jobRunId,
    state: isOver ? endOf(each) : glue.bootedAt <= now ? "RUNNING" : "STARTING",
    attempt: 0,
    joinKey: joinKeyOf(run, each),
    errorMessage: isOver ? saidOf(world, run, each).message : null,
    glueVersion: "5.0",
    workerType: job.workerType,
    numberOfWorkers: job.numberOfWorkers,
    maxCapacityDpu: dpuOf[job.workerType] * job.numberOfWorkers,
    executionSeconds: isOver ? glue.executionSeconds : null,
    dpuSeconds: isOver ? glue.dpuSeconds : null,
    executionClass: job.executionClass,
    timeoutMinutes: job.timeoutMinutes,
    logGroup: glueLogGroup,
    arguments: { "--load_date": run.occasion.date },
    claim: null,
    stateDetail: null,
    startedAt: new Date(glue.startedAt),
    modifiedAt: new Date(changedAt),
    completedAt: past(glue.completedAt, now),
    metrics: isOver ? metricsOf(world, each, glue) : null,
    metricsReadAt: isOver ? new Date(glue.completedAt) : null,
    isMeasured: isOver,
  };
}

function metricsOf(world: World, each: Try, { job, executionSeconds }: GlueWork): SparkMetrics {
  const share = (what: string, from: number, over: number) => from + world.random.draw(`${each.key}|${what}`, over);
  const read = each.loads.reduce((sum, load) => sum + load.rowsRead, 0);
  return {
    driverHeapMaxPercent: share("driver", 22, 40),
    executorHeapMaxPercent: each.class === "out_of_memory" ? 99 : share("executor", 35, 50),
    cpuMaxPercent: share("spark", 40, 55),
    executorsMax: job.numberOfWorkers - 1,
    executorsNeededMax: job.numberOfWorkers - 1 + (each.class === "glue_timeout" ? 40 : share("needed", 0, 3)),
    bytesRead: read * 212,
    recordsRead: read,
    shuffleBytes: (read + executionSeconds) * 64,
    failedTasks: each.class === null ? 0 : 4,
  };
}
