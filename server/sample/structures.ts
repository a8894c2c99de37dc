import "server-only";
import { createHash } from "node:crypto";
import type { DagSettingFact, DagVersionFact } from "@/lib/schemas/facts";
import type { PipelineTask, TaskGroup } from "@/lib/schemas/structure";
import { company, definitionOf, type Pipeline, type Task } from "./company";
import { dagFile, grouped, limitsOf, operatorOf } from "./dag-file";
import { registeredAt } from "./fate";
import { scheduleZoneOf } from "./occasions";
import { poolOf } from "./pools";
import type { Revision } from "./timeline";
import type { World } from "./world";

/** When a pipeline's file changed: with each deploy of what it starts, and with Airflow's upgrade. */
interface Change {
  at: number;
  revisions: Map<string, Revision>;
  isUpgraded: boolean;
}

/** The versions of a pipeline are told every minute, and made once. */
const files = new WeakMap<Change, { code: string; bundleVersion: string }>();

function fileOf(world: World, pipeline: Pipeline, change: Change) {
  const known = files.get(change);
  if (known) return known;
  const { revisions, isUpgraded } = change;
  const code = dagFile({ world, pipeline, schedule: scheduleCode(pipeline, isUpgraded), revisions, isUpgraded });
  const made = { code, bundleVersion: createHash("sha1").update(`${world.seed} ${pipeline.id} ${code}`).digest("hex") };
  files.set(change, made);
  return made;
}

const known = new WeakMap<World, Map<string, Change[]>>();

function changesOf(world: World, pipeline: Pipeline): Change[] {
  const ofWorld = known.get(world) ?? new Map<string, Change[]>();
  known.set(world, ofWorld);
  const found = ofWorld.get(pipeline.id) ?? findChanges(world, pipeline);
  ofWorld.set(pipeline.id, found);
  return found;
}

function findChanges(world: World, pipeline: Pipeline): Change[] {
  const begun = world.instant(pipeline.fromDay ?? -1);
  const ended = pipeline.untilDay === undefined ? Number.POSITIVE_INFINITY : world.instant(pipeline.untilDay);
  const families = [...new Set(pipeline.tasks.flatMap((task) => (task.kind === "ecs" ? task.definition : [])))].map(definitionOf);
  const upgrade = world.effects("upgrade")[0]?.from;
  const deploys = families.flatMap((family) => family.revisions.map((revision) => registeredAt(world, family, revision)));
  const later = [...deploys, ...(upgrade === undefined ? [] : [upgrade])].filter((at) => begun < at && at < ended);
  return [begun, ...later.sort((a, b) => a - b)].map((at) => ({
    at,
    revisions: new Map(
      families.map((family) => {
        const inForce = family.revisions.findLast((each) => registeredAt(world, family, each) <= at) ?? family.revisions[0];
        if (!inForce) throw new Error(`${family.family} has no revision`);
        return [family.family, inForce];
      }),
    ),
    isUpgraded: upgrade !== undefined && upgrade <= at,
  }));
}

/** The version of its DAG that a run is of: the one in force when it was due. */
export const versionAt = (world: World, pipeline: Pipeline, at: number): string =>
  String(Math.max(1, changesOf(world, pipeline).filter((change) => change.at <= at).length));

/** All versions up to `now`, with the file as it was in each. */
export function dagVersionFacts(world: World, now: number): DagVersionFact[] {
  return company.pipelines.flatMap((pipeline) => {
    const { tasks, groups } = structureOf(pipeline);
    return changesOf(world, pipeline)
      .filter(({ at }) => at <= now)
      .map((change, index) => {
        const version = { pipeline: pipeline.id, version: String(index + 1), firstSeenAt: new Date(change.at) };
        return { ...version, ...fileOf(world, pipeline, change), codeReason: null, tasks, groups };
      });
  });
}

export function dagSettingFacts(world: World, now: number): DagSettingFact[] {
  const begun = company.pipelines.filter((pipeline) => changesOf(world, pipeline).some(({ at }) => at <= now));
  return begun.map((pipeline) => ({
    pipeline: pipeline.id,
    file: `/usr/local/airflow/dags/${pipeline.id}.py`,
    currentVersion: versionAt(world, pipeline, now),
    zone: scheduleZoneOf(pipeline),
    ...limitsOf(pipeline),
  }));
}

function structureOf(pipeline: Pipeline): { tasks: PipelineTask[]; groups: TaskGroup[] } {
  const stretches = grouped(pipeline);
  const groupOf = (task: Task) => stretches.find(({ tasks }) => tasks.includes(task))?.group ?? null;
  const tasks = pipeline.tasks.map((task): PipelineTask => {
    return {
      taskId: task.id,
      label: task.id,
      operator: operatorOf(task),
      groupId: groupOf(task),
      upstream: task.after,
      isMapped: task.kind === "mapped",
      pool: poolOf(task).name,
      poolSlots: 1,
      retries: pipeline.retries,
      triggerRule: "all_success",
    };
  });
  const names = new Set(tasks.flatMap(({ groupId }) => groupId ?? []));
  return { tasks, groups: [...names].map((name) => ({ groupId: name, label: name, parentId: null })) };
}

/** The schedule as the file says it. */
function scheduleCode({ schedule }: Pipeline, isUpgraded: boolean): string {
  if (schedule.kind === "assets") {
    const asset = isUpgraded ? "Asset" : "Dataset";
    return `[${schedule.after.map((id) => `${asset}("larkspur://${id}")`).join(", ")}]`;
  }
  if (schedule.kind === "interval") return `timedelta(minutes=${schedule.everyMinutes})`;
  const [hour, minute] = schedule.at.split(":").map(Number);
  if (schedule.kind === "daily") return `"${minute} ${hour} * * ${schedule.days === "working" ? "1-5" : "*"}"`;
  return `"${minute} ${hour} ${schedule.on === "first_working" ? "1W" : schedule.on === "last_working" ? "LW" : schedule.on} * *"`;
}
