import "server-only";
import { streamCandidates } from "@/lib/log-streams";
import type { LogSource } from "@/lib/schemas/attempt";
import type { LogEvent } from "@/server/sources/logs";
import { company, definitionOf, type Pipeline, pipelineOf } from "./company";
import { logGroupOf } from "./container-facts";
import { glueLogGroup } from "./glue-facts";
import { airflowLines, containerLines, driverLines, executorLines } from "./log-lines";
import { runsOfPipeline } from "./runs";
import type { SimulatedRun, Try } from "./timeline";
import { dayMs, type World } from "./world";

interface Found {
  run: SimulatedRun;
  each: Try;
}

type Lines = (world: World, found: Found) => LogEvent[];

interface Stream {
  source: LogSource;
  group: string;
  stream: string;
  lines: Lines;
}

/** A run begins at most so long before one of its containers or Glue runs. */
const longestRunMs = 2 * dayMs;

const airflowOf: Lines = (world, { run, each }) => airflowLines(world, run, each);
const containerOf: Lines = (world, { run, each }) => containerLines(world, run, each);
const driverOf: Lines = (world, { run, each }) => driverLines(world, run, each);
const executorOf: Lines = (world, { each }) => executorLines(world, each);

/** Streams of an attempt, by the names under which CloudWatch would have them. */
function streamsOf({ run, each }: Found): Stream[] {
  const streams: Stream[] = [];
  const facts = { pipeline: run.pipeline.id, runId: run.runId, taskId: each.task.id, mapIndex: each.mapIndex, tryNumber: each.tryNumber };
  const [airflow] = streamCandidates({ ...facts, taskLogGroup: company.airflow.taskLogGroup, ecsTask: null, glueRun: null });
  if (airflow && each.startedAt !== null)
    streams.push({ source: "airflow", group: airflow.group, stream: airflow.prefix, lines: airflowOf });
  if (each.container?.startedAt) {
    const { definition, taskArn } = each.container;
    const taskId = taskArn.slice(taskArn.lastIndexOf("/") + 1);
    const stream = `${definition.container}/${definition.container}/${taskId}`;
    streams.push({ source: "container", group: logGroupOf(definition.family), stream, lines: containerOf });
  }
  if (each.glue) {
    const id = each.glue.jobRunId;
    streams.push({ source: "glue", group: `${glueLogGroup}/error`, stream: `${id}-driver`, lines: driverOf });
    for (let executor = 1; executor < Math.min(4, each.glue.job.numberOfWorkers); executor++)
      streams.push({ source: "glue", group: `${glueLogGroup}/output`, stream: `${id}-${executor}`, lines: executorOf });
  }
  return streams;
}

/** The attempt whose stream has this name: the name of an Airflow stream says which, ids of containers and Glue runs say when they began. */
function findAttempt(world: World, name: string): Found | null {
  const told = /^dag_id=([^/]+)\/run_id=([^/]+)\/task_id=([^/]+)\/(?:map_index=(\d+)\/)?attempt=(\d+)\.log/.exec(name);
  if (told) return findByNames(world, told.slice(1));
  const began = /^(?:jr_|([\w-]+)\/[\w-]+\/)([0-9a-f]{8})[0-9a-f]{24}/.exec(name);
  if (!began) return null;
  const at = Number.parseInt(began[2] ?? "", 16) * 1000;
  for (const pipeline of company.pipelines.filter((each) => mayHave(each, began[1] ?? null))) {
    for (const run of runsOfPipeline(world, pipeline, at - longestRunMs, at + 1000)) {
      const each = run.tries.find(
        ({ glue, container }) => (glue && name.startsWith(glue.jobRunId)) || (container && name.endsWith(container.taskArn.slice(-32))),
      );
      if (each) return { run, each };
    }
  }
  return null;
}

/** @param container null for a Glue run */
const mayHave = ({ tasks }: Pipeline, container: string | null) =>
  tasks.some((task) =>
    container === null ? task.kind === "glue" : task.kind === "ecs" && definitionOf(task.definition).container === container,
  );

function findByNames(world: World, [dag, run, task, map, tryNumber]: (string | undefined)[]): Found | null {
  const runId = run?.replace(/T(\d\d)_(\d\d)_(\d\d)/, "T$1:$2:$3").replace(/\+00_00$/, "+00:00");
  const pipeline = company.pipelines.find(({ id }) => id === dag);
  const at = Date.parse(runId?.slice(runId.indexOf("__") + 2) ?? "");
  if (!pipeline || Number.isNaN(at)) return null;
  // The id of a backfill says what it is for, not when it ran.
  const until = runId?.startsWith("backfill__") ? at + 60 * dayMs : at + 1;
  for (const found of runsOfPipeline(world, pipelineOf(pipeline.id), at, until)) {
    if (found.runId !== runId) continue;
    const mapIndex = map === undefined ? -1 : Number(map);
    const each = found.tries.find(
      (one) => one.task.id === task && one.mapIndex === mapIndex && one.tryNumber === Number(tryNumber) && one.startedAt !== null,
    );
    if (each) return { run: found, each };
  }
  return null;
}

const untilNow = (events: LogEvent[], now: number) =>
  events.filter(({ timestamp }) => timestamp <= now).sort((a, b) => a.timestamp - b.timestamp);

/** Streams of `group` whose names begin with `prefix`, as findStreams of the source gives them. */
export function sampleStreams(world: World, group: string, prefix: string, now: number): { stream: string; lastEventAt: Date | null }[] {
  const found = findAttempt(world, prefix);
  if (!found) return [];
  return streamsOf(found).flatMap(({ group: own, stream, lines }) => {
    if (own !== group || !stream.startsWith(prefix)) return [];
    const last = untilNow(lines(world, found), now).at(-1);
    return last ? [{ stream, lastEventAt: new Date(last.timestamp) }] : [];
  });
}

/** All events of a stream until `now`, oldest first; null: there is no such stream. */
export function sampleLog(world: World, group: string, stream: string, now: number): LogEvent[] | null {
  const found = findAttempt(world, stream);
  const own = found && streamsOf(found).find((each) => each.group === group && each.stream === stream);
  return found && own ? untilNow(own.lines(world, found), now) : null;
}

/** The streams of a try with all that is ever in them. */
export function logOf(
  world: World,
  run: SimulatedRun,
  each: Try,
): { source: LogSource; group: string; stream: string; events: LogEvent[] }[] {
  return streamsOf({ run, each }).map(({ source, group, stream, lines }) => ({
    source,
    group,
    stream,
    events: untilNow(lines(world, { run, each }), Number.POSITIVE_INFINITY),
  }));
}
