import "server-only";
import { company, definitionOf, pipelineOf, type Task } from "./company";
import { commandOf } from "./dag-file";

/** A try of the simulation as the ledger has it. */
export interface SampleTry {
  pipeline: string;
  taskId: string;
  mapIndex: number;
  state: string;
  /** Of the run. */
  date: string;
  taskArn: string | null;
  /** `family:revision` */
  taskDefinition: string | null;
  glueRunId: string | null;
}

/** What a try of the simulation was given and what it handed on, as Airflow would tell it: null when there is no such task. */
export function sampleInputs(attempt: SampleTry): { rendered: Record<string, unknown>; xcoms: { key: string; value: unknown }[] } | null {
  const task = pipelineOf(attempt.pipeline).tasks.find(({ id }) => id === attempt.taskId);
  if (!task) return null;
  const returned = attempt.state === "success" ? returnOf(task, attempt) : null;
  return {
    rendered: renderedOf(task, attempt),
    xcoms: [...namesOf(attempt), ...(returned === null ? [] : [{ key: "return_value", value: returned }])],
  };
}

function renderedOf(task: Task, { date, mapIndex, taskDefinition }: SampleTry): Record<string, unknown> {
  if (task.kind === "sensor") return { bucket_key: `s3://larkspur-landing/${task.source}/${date}/_READY` };
  if (task.kind === "glue")
    return { job_name: task.job, region_name: company.region, script_args: { "--date": date, "--warehouse_password": "***" } };
  if (task.kind === "mapped") return { op_args: [mapIndex], op_kwargs: { date } };
  if (task.kind === "python") return { op_args: [], op_kwargs: { date } };
  const definition = definitionOf(task.definition);
  const [, revision] = (taskDefinition ?? "").split(":");
  const command = commandOf(task, definition, Number(revision ?? definition.revisions.at(-1)?.revision ?? 0), date);
  const environment = [
    { name: "LOG_LEVEL", value: "info" },
    { name: "SOURCE_PASSWORD", value: "***" },
  ];
  return {
    cluster: company.cluster,
    task_definition: taskDefinition ?? definition.family,
    overrides: { containerOverrides: [{ name: definition.container, command, environment }] },
    capacity_provider_strategy: [{ capacityProvider: task.spot ? "FARGATE_SPOT" : "FARGATE", weight: 1 }],
  };
}

const namesOf = ({ taskArn, glueRunId }: SampleTry) => [
  ...(taskArn === null ? [] : [{ key: "ecs_task_arn", value: taskArn }]),
  ...(glueRunId === null ? [] : [{ key: "glue_job_run_id", value: glueRunId }]),
];

function returnOf(task: Task, { pipeline, date, mapIndex }: SampleTry): unknown {
  if (task.kind === "glue" || task.kind === "sensor") return null;
  if (task.kind === "mapped") return `s3://larkspur-landing/${pipeline}/${date}/${task.id}/${String(mapIndex).padStart(5, "0")}.parquet`;
  return { manifest: `s3://larkspur-landing/${pipeline}/${date}/${task.id}/manifest.json` };
}
