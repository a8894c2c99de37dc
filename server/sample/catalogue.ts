import "server-only";
import type { PriceBook } from "@/lib/prices";
import type { EnvironmentFact, HeartbeatFact, PipelineDetailFact, PipelineFact, TaskDefinitionFact } from "@/lib/schemas/facts";
import { company, type Definition, ownerOf, type Pipeline } from "./company";
import { logGroupOf } from "./container-facts";
import { registeredAt } from "./fate";
import { nextDue } from "./occasions";
import { versionAt } from "./structures";
import type { Revision } from "./timeline";
import type { World } from "./world";

/** What the company has at a moment, beside what runs. */

const isBegun = (world: World, { fromDay = 0 }: Pipeline, now: number) => world.instant(fromDay) <= now;
const isGone = (world: World, { untilDay }: Pipeline, now: number) => untilDay !== undefined && world.instant(untilDay) <= now;

export function environmentFact(world: World, now: number): EnvironmentFact {
  const { mwaaName, before, after, taskLogGroup } = company.airflow;
  const isUpgraded = world.effects("upgrade").some(({ from }) => from <= now);
  return { mwaaName, airflowVersion: isUpgraded ? after : before, status: "AVAILABLE", webserverUrl: null, taskLogGroup };
}

/** All pipelines that were ever there, and those that are there now. */
export function pipelineFacts(world: World, now: number): { ever: PipelineFact[]; present: PipelineFact[] } {
  const begun = company.pipelines.filter((pipeline) => isBegun(world, pipeline, now));
  const toFact = (pipeline: Pipeline) => pipelineFact(world, pipeline, now);
  return { ever: begun.map(toFact), present: begun.filter((pipeline) => !isGone(world, pipeline, now)).map(toFact) };
}

function pipelineFact(world: World, pipeline: Pipeline, now: number): PipelineFact {
  const next = isGone(world, pipeline, now) ? null : nextDue(world, pipeline, now);
  return {
    pipeline: pipeline.id,
    description: pipeline.description,
    owners: [ownerOf(pipeline).name],
    tags: [...new Set(company.tables.filter((table) => table.pipeline === pipeline.id).map(({ name }) => name.split(".")[0] ?? ""))].sort(),
    schedule: scheduleText(pipeline),
    isPaused: world.during("pause", now).some(({ effect }) => effect.pipeline === pipeline.id),
    hasImportErrors: false,
    nextRunAt: next === null ? null : new Date(next),
  };
}

/** As Airflow shows it: cron, in the DAG's own zone. */
function scheduleText({ schedule }: Pipeline): string {
  if (schedule.kind === "assets") return "Asset";
  if (schedule.kind === "interval") {
    const { everyMinutes, offsetMinutes } = schedule;
    if (everyMinutes < 60) return `${offsetMinutes}-59/${everyMinutes} * * * *`;
    return everyMinutes === 60 ? `${offsetMinutes} * * * *` : `${offsetMinutes} */${everyMinutes / 60} * * *`;
  }
  const [hour, minute] = schedule.at.split(":").map(Number);
  if (schedule.kind === "daily") return `${minute} ${hour} * * ${schedule.days === "working" ? "1-5" : "*"}`;
  return `${minute} ${hour} ${schedule.on === "first_working" ? "1W" : schedule.on === "last_working" ? "LW" : schedule.on} * *`;
}

export function detailFact(world: World, pipeline: Pipeline, now: number): PipelineDetailFact {
  const owner = ownerOf(pipeline);
  const runbook = [
    `### ${pipeline.id}`,
    pipeline.description,
    `Owned by ${owner.name}. Ask ${owner.people.join(" or ")}.`,
    "Run it again from the failed task; loads replace what they loaded before.",
  ];
  return { pipeline: pipeline.id, runbook: runbook.join("\n\n"), params: [], version: versionAt(world, pipeline, now) };
}

const beatsEveryMs = 5_000;

/** Every part of Airflow is well, always: when the queue stands still it is between it and its workers. Airflow 3 has a part for DAG files. */
export function heartbeatFacts(world: World, now: number): HeartbeatFact[] {
  const isUpgraded = world.effects("upgrade").some(({ from }) => from <= now);
  const at = new Date(Math.floor(now / beatsEveryMs) * beatsEveryMs).toISOString();
  const well = (part: HeartbeatFact["part"]): HeartbeatFact => ({ part, state: "healthy", at: part === "metadatabase" ? null : at });
  return (["metadatabase", "scheduler", "triggerer", ...(isUpgraded ? (["dag_processor"] as const) : [])] as const).map(well);
}

function registeredUntil(world: World, now: number): { definition: Definition; revision: Revision; at: number }[] {
  const all = company.definitions.flatMap((definition) =>
    definition.revisions.map((revision) => ({ definition, revision, at: registeredAt(world, definition, revision) })),
  );
  return all.filter(({ at }) => at <= now);
}

export function definitionFacts(world: World, now: number): TaskDefinitionFact[] {
  return registeredUntil(world, now).map(({ definition, revision, at }) => ({
    name: `${definition.family}:${revision.revision}`,
    cpuUnits: revision.cpuUnits,
    memoryMib: revision.memoryMib,
    ephemeralGib: 20,
    architecture: definition.architecture === "ARM64" ? "arm64" : "x86_64",
    taskRole: `arn:aws:iam::${company.account}:role/larkspur-${definition.family}`,
    executionRole: `arn:aws:iam::${company.account}:role/larkspur-execution`,
    containers: [
      {
        name: definition.container,
        image: `${company.account}.dkr.ecr.${company.region}.amazonaws.com/${definition.repository}:${revision.imageTag}`,
        isEssential: true,
        cpuUnits: revision.cpuUnits,
        memoryMib: revision.memoryMib,
        entryPoint: [],
        command: [],
        environment: { BUCKET: "larkspur-landing", LOG_LEVEL: "info" },
        secretNames: ["SOURCE_URL"],
        logDriver: "awslogs",
        logOptions: { "awslogs-group": logGroupOf(definition.family), "awslogs-stream-prefix": definition.container },
      },
    ],
    registeredAt: new Date(at),
  }));
}

/** The company's list prices, which change once. */
export function priceBook(world: World): PriceBook {
  return (at) => {
    const [first, ...later] = company.prices;
    const list = later.findLast(({ fromDay }) => fromDay !== null && at !== null && world.instant(fromDay) <= at) ?? first;
    if (!list) throw new Error("the company has no prices");
    const { fargate, glue } = list;
    return { region: company.region, asOf: world.dateOf(list.asOfDay), prices: { source: "made up for the sample", fargate, glue } };
  };
}
