import "server-only";
import type { LogEvent } from "@/server/sources/logs";
import { company } from "./company";
import { saidOf } from "./failure-texts";
import { isoformat, type SimulatedRun, type Try } from "./timeline";
import type { World } from "./world";

/*
 * What programs print, in their own formats. Each line has the instant at which it is printed.
 */

const event = (timestamp: number, message: string): LogEvent => ({ timestamp, message });
const iso = (at: number) => new Date(at).toISOString();

const plainWriters = new Set(["price-scraper", "fraud-scoring", "product-embeddings"]);

/** Standard output of a container: the extractor's JSON lines, or Python's own logging. */
export function containerLines(world: World, run: SimulatedRun, each: Try): LogEvent[] {
  const { container } = each;
  if (!container || container.startedAt === null || container.executionStoppedAt === null) return [];
  const { startedAt, executionStoppedAt, definition } = container;
  return plainWriters.has(definition.container)
    ? plainLines(world, run, each, startedAt, executionStoppedAt)
    : extractorLines(world, run, each, startedAt, executionStoppedAt);
}

const json = (at: number, level: string, name: string, fields: object) =>
  event(at, JSON.stringify({ timestamp: iso(at), level, event: name, ...fields }));

function traceback(at: number, file: string, exception: string): LogEvent[] {
  const lines = [
    "Traceback (most recent call last):",
    `  File "${file}", line ${exception.length + 40}, in main`,
    "    run(settings)",
    exception,
  ];
  return lines.map((line) => event(at, line));
}

function extractorLines(world: World, run: SimulatedRun, each: Try, from: number, to: number): LogEvent[] {
  const said = saidOf(world, run, each);
  const { task } = each;
  const begun = from + Math.min(400, Math.floor((to - from) / 4));
  const lines = [
    json(begun, "info", "started", {
      source: task.source,
      table: run.pipeline.id,
      run_key: `${run.pipeline.id}.${run.runId}.${task.id}`,
      attempt: each.tryNumber,
    }),
  ];
  if (said.message) return [...lines, json(to, "error", "failed", { system: said.system, message: said.message, remedy: said.remedy })];
  const parts = 1 + world.random.draw(`${each.key}|parts`, 4);
  const until = each.class === null || each.class === "heartbeat_lost" ? parts : Math.max(1, parts - 1);
  lines.push(
    json(begun, "info", "window", { start: iso(run.logicalAt - 86_400_000), end: iso(run.logicalAt), is_rerun: each.tryNumber > 1 }),
  );
  for (let part = 0; part < until; part++) {
    const at = begun + Math.floor(((to - begun) * (part + 1)) / (parts + 1));
    const rows = 20_000 + world.random.draw(`${each.key}|part|${part}`, 180_000);
    lines.push(json(at, "info", "part_written", { path: `part-1-0000${part}.parquet`, rows, size_bytes: rows * 7 }));
  }
  if (said.exception) lines.push(...traceback(to, "/app/src/extractor/run.py", said.exception));
  else if (each.class === null || each.class === "heartbeat_lost") lines.push(json(to, "info", "finished", { files: parts }));
  return lines;
}

function plainLines(world: World, run: SimulatedRun, each: Try, from: number, to: number): LogEvent[] {
  const said = saidOf(world, run, each);
  const name = each.container?.definition.container.replaceAll("-", "_") ?? "app";
  const line = (at: number, level: string, text: string) =>
    event(at, `${iso(at).slice(0, 19).replace("T", " ")},${iso(at).slice(20, 23)} - ${level} - ${name}: ${text}`);
  const lines = [line(from, "INFO", `starting for ${run.occasion.date}, try ${each.tryNumber}`)];
  for (let step = 1; step <= 4; step++) {
    const at = from + Math.floor(((to - from) * step) / 6);
    const usedMib = Math.floor(((each.container?.memoryUsedMib ?? 0) * (4 + step)) / 9);
    lines.push(line(at, "INFO", `batch ${step} of 5 done, resident memory ${usedMib} MiB`));
  }
  if (said.message) lines.push(line(to, "ERROR", said.message));
  if (said.exception) lines.push(...traceback(to, `/app/${name}/main.py`, said.exception));
  if (each.class === null || each.class === "heartbeat_lost") lines.push(line(to, "INFO", "done"));
  return lines;
}

const spark = (at: number, level: string, logger: string, text: string) =>
  event(at, `${iso(at).slice(2, 10).replaceAll("-", "/")} ${iso(at).slice(11, 19)} ${level} ${logger}: ${text}`);

/** What the driver of a Glue run prints: Spark's log4j lines and the load's own. */
export function driverLines(world: World, run: SimulatedRun, each: Try): LogEvent[] {
  const { glue } = each;
  if (!glue) return [];
  const { bootedAt, completedAt } = glue;
  const middle = Math.floor((bootedAt + completedAt) / 2);
  const said = saidOf(world, run, each);
  const lines = [
    spark(bootedAt, "INFO", "SparkContext", "Running Spark version 3.5.4-amzn-0"),
    spark(bootedAt, "INFO", "GlueContext", `job ${glue.job.name}, run ${glue.jobRunId}, load date ${run.occasion.date}`),
    spark(
      middle,
      "INFO",
      "DAGScheduler",
      `Submitting ${4 + world.random.draw(`${each.key}|stage`, 60)} missing tasks from ShuffleMapStage 3`,
    ),
  ];
  if (each.class === "glue_timeout")
    lines.push(spark(middle, "WARN", "TaskSetManager", "Stage 7 contains a task of very large size (48211 KiB)."));
  else if (said.message) lines.push(spark(completedAt, "ERROR", "ProcessLauncher", said.message));
  for (const load of each.loads)
    lines.push(
      json(load.finishedAt, "info", "loaded", { table: load.table.name, rows_inserted: load.rowsInserted, rows_updated: load.rowsUpdated }),
    );
  if (each.loads.length > 0) lines.push(spark(completedAt, "INFO", "SparkContext", "Successfully stopped SparkContext"));
  return lines;
}

/** What one executor of a Glue run prints. */
export function executorLines(world: World, each: Try): LogEvent[] {
  const { glue } = each;
  if (!glue) return [];
  const at = Math.floor((glue.bootedAt * 2 + glue.completedAt) / 3);
  const task = world.random.draw(`${each.key}|task`, 400);
  return [
    spark(glue.bootedAt, "INFO", "CoarseGrainedExecutorBackend", "Successfully registered with driver"),
    spark(at, "INFO", "Executor", `Running task ${task % 8}.0 in stage 3.0 (TID ${task})`),
    spark(at, "INFO", "Executor", `Finished task ${task % 8}.0 in stage 3.0 (TID ${task}). 2417 bytes result sent to driver`),
  ];
}

interface Writer {
  info(at: number, text: string): LogEvent;
  raised(at: number, exception: string): LogEvent[];
  zombie(at: number): LogEvent;
}

const stamp = (at: number) => `[${iso(at).slice(0, 23)}+0000]`;

function airflow2(run: SimulatedRun): Writer {
  return {
    info: (at, text) => event(at, `${stamp(at)} {taskinstance.py:2603} INFO - ${text}`),
    raised: (at, exception) => [
      event(at, `${stamp(at)} {taskinstance.py:3310} ERROR - Task failed with exception`),
      ...traceback(at, "/usr/local/airflow/dags/larkspur.py", exception),
    ],
    zombie: (at) =>
      event(
        at,
        `${stamp(at)} {scheduler_job_runner.py:1750} ERROR - Detected zombie job: {'full_filepath': '/usr/local/airflow/dags/${run.pipeline.id}.py'}`,
      ),
  };
}

function airflow3(): Writer {
  const line = (at: number, level: string, text: string, rest: object) =>
    event(at, JSON.stringify({ timestamp: iso(at), level, event: text, logger: "task", ...rest }));
  return {
    info: (at, text) => line(at, "info", text, {}),
    raised: (at, exception) => {
      const [type = "", ...value] = exception.split(": ");
      const exc = { exc_type: type.slice(type.lastIndexOf(".") + 1), exc_value: value.join(": "), exc_notes: [], frames: [] };
      return [line(at, "error", "Task failed with exception", { error_detail: [exc] })];
    },
    zombie: (at) => line(at, "error", "Server indicated the task shouldn't be running anymore", { logger: "supervisor" }),
  };
}

/** The task's log in Airflow: of version 2 until the upgrade, then of version 3. */
export function airflowLines(world: World, run: SimulatedRun, each: Try): LogEvent[] {
  const { startedAt, endedAt, task, container, glue } = each;
  if (startedAt === null) return [];
  const upgradedAt = world.effects("upgrade")[0]?.from ?? Number.NEGATIVE_INFINITY;
  const writer = startedAt < upgradedAt ? airflow2(run) : airflow3();
  const lines = [
    writer.info(startedAt, `Dependencies all met for ${run.pipeline.id}.${task.id} ${isoformat(run.logicalAt)} [queued]`),
    writer.info(startedAt, `Starting attempt ${each.tryNumber} of ${each.maxTries + 1}`),
  ];
  if (container) lines.push(writer.info(container.createdAt, `ECS Task started: ${container.taskArn} in ${company.cluster}`));
  if (glue) lines.push(writer.info(glue.startedAt, `Initializing AWS Glue Job: ${glue.job.name}. Run ID: ${glue.jobRunId}`));
  if (task.kind === "sensor")
    lines.push(writer.info(startedAt, `Poking for s3://larkspur-landing/${task.source}/${run.occasion.date}/_READY`));
  lines.push(...lastLines(writer, world, run, each));
  return lines.map((line) => ({ ...line, timestamp: Math.min(line.timestamp, endedAt) }));
}

function lastLines(writer: Writer, world: World, run: SimulatedRun, each: Try): LogEvent[] {
  const { endedAt, container, glue } = each;
  if (each.class === null) return [writer.info(endedAt, "Marking task as SUCCESS")];
  if (each.class === "heartbeat_lost") return [writer.zombie(endedAt)];
  if (each.class === "unclassified") return [writer.info(endedAt, "Task exited with return code 1")];
  if (container) return writer.raised(endedAt, "airflow.exceptions.AirflowException: This task is not in success state");
  if (glue) return writer.raised(endedAt, `airflow.exceptions.AirflowException: Exiting Job ${glue.jobRunId} Run State`);
  const { exception } = saidOf(world, run, each);
  return exception ? writer.raised(endedAt, exception) : [];
}
