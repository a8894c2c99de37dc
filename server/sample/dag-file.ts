import "server-only";
import { company, type Definition, definitionOf, ownerOf, type Pipeline, type Task } from "./company";
import { scheduleZoneOf } from "./occasions";
import { poolOf } from "./pools";
import type { Revision } from "./timeline";
import type { World } from "./world";

/** The DAG's file as the company's repository has it: a table of contents in Python, whose pins change with each deploy. */

/** What a container is told beside its date, by revision; a revision that is not named keeps what the one before had. */
const flags: Record<string, Record<number, string[]>> = {
  "fraud-scoring": {
    31: ["--model", "4.8"],
    32: ["--model", "5.0", "--stage", "candidate", "--stage", "final"],
    33: ["--model", "5.0", "--stage", "final"],
  },
  "crm-extract": { 34: ["--column", "marketing_opt_in"], 35: ["--column", "consent_marketing"] },
  "product-embeddings": { 43: ["--batch", "512"], 44: ["--batch", "512", "--keep-batches"], 45: ["--batch", "512"] },
};

const imports: Record<Task["kind"], [string, string]> = {
  python: ["airflow.operators.python", "PythonOperator"],
  mapped: ["airflow.operators.python", "PythonOperator"],
  sensor: ["airflow.providers.amazon.aws.sensors.s3", "S3KeySensor"],
  ecs: ["airflow.providers.amazon.aws.operators.ecs", "EcsRunTaskOperator"],
  glue: ["airflow.providers.amazon.aws.operators.glue", "GlueJobOperator"],
};
export const operatorOf = (task: Task) => imports[task.kind][1];

const text = (value: string) => JSON.stringify(value);
const words = (values: string[]) => `[${values.map(text).join(", ")}]`;

/** What a container of a revision of the task's definition is told. */
export function commandOf(task: Task, { family }: Definition, revision: number, date: string): string[] {
  const known = Object.entries(flags[family] ?? {}).filter(([first]) => Number(first) <= revision);
  return [task.id.replaceAll("_", "-"), "--date", date, ...(known.at(-1)?.[1] ?? [])];
}

interface File {
  world: World;
  pipeline: Pipeline;
  schedule: string;
  /** Of each family of task definitions that it starts, the one in force. */
  revisions: Map<string, Revision>;
  /** Airflow 3 has another name for what DAGs import. */
  isUpgraded: boolean;
}

export function dagFile(file: File): string {
  const { pipeline } = file;
  const owner = ownerOf(pipeline);
  const { head, own } = importsOf(file);
  const lines = [
    `"""${pipeline.description}`,
    "",
    `Owned by ${owner.name}. Ask ${owner.people.join(" or ")}.`,
    "Run it again from the failed task; loads replace what they loaded before.",
    '"""',
    "",
    ...head,
    "",
    ...own,
    "",
    "with DAG(",
    `    dag_id=${text(pipeline.id)},`,
    `    schedule=${file.schedule},`,
    `    start_date=datetime(${dateArguments(file.world.dateOf(pipeline.fromDay ?? 0))}, tzinfo=ZoneInfo(${text(scheduleZoneOf(pipeline))})),`,
    "    catchup=False,",
    `    max_active_runs=${limitsOf(pipeline).maxActiveRuns},`,
    `    max_active_tasks=${limitsOf(pipeline).maxActiveTasks},`,
    `    default_args={"owner": ${text(owner.name)}, "retries": ${pipeline.retries}, "retry_delay": timedelta(seconds=${pipeline.retryDelaySeconds})},`,
    "    doc_md=__doc__,",
    "):",
    ...grouped(pipeline).flatMap(({ group, tasks }) =>
      groupLines(
        group,
        tasks.flatMap((task) => taskLines(file, task)),
      ),
    ),
    ...wiring(pipeline),
  ];
  return `${lines.join("\n")}\n`;
}

export const limitsOf = (_: Pipeline) => ({ maxActiveRuns: 16, maxActiveTasks: 32 });

const lastWord = (id: string) => id.split("_").at(-1) ?? id;

/** The tasks in order, in stretches: those that share their last word, such as parse_statements and load_statements, are a group where there are others. */
export function grouped({ tasks }: Pipeline): { group: string | null; tasks: Task[] }[] {
  const stretches: { group: string | null; tasks: Task[] }[] = [];
  for (const task of tasks) {
    const word = lastWord(task.id);
    const last = stretches.at(-1);
    if (last?.group === word) last.tasks.push(task);
    else stretches.push({ group: word, tasks: [task] });
  }
  const isGroup = (stretch: { tasks: Task[] }) => stretch.tasks.length > 1 && stretch.tasks.length < tasks.length;
  return stretches.map((stretch) => (isGroup(stretch) ? stretch : { ...stretch, group: null }));
}

const groupLines = (group: string | null, lines: string[]) =>
  group === null ? lines : [`    with TaskGroup(${text(group)}, prefix_group_id=False):`, ...lines.map((line) => `    ${line}`)];

const dateArguments = (date: string) => date.split("-").map(Number).join(", ");

function importsOf({ pipeline, isUpgraded }: File): { head: string[]; own: string[] } {
  const needsAssets = pipeline.schedule.kind === "assets";
  const asset = isUpgraded ? "Asset" : "Dataset";
  const from = new Map<string, Set<string>>();
  const add = (module: string, name: string) => from.set(module, (from.get(module) ?? new Set()).add(name));
  if (isUpgraded) add("airflow.sdk", "DAG");
  else add("airflow", "DAG");
  if (needsAssets) add(isUpgraded ? "airflow.sdk" : "airflow.datasets", asset);
  if (grouped(pipeline).some(({ group }) => group !== null)) add(isUpgraded ? "airflow.sdk" : "airflow.utils.task_group", "TaskGroup");
  for (const task of pipeline.tasks) {
    const [module, name] = imports[task.kind];
    add(isUpgraded ? module.replace("airflow.operators.", "airflow.providers.standard.operators.") : module, name);
  }
  const lines = [...from]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([module, names]) => `from ${module} import ${[...names].sort().join(", ")}`);
  const callables = pipeline.tasks.filter(({ kind }) => kind === "python" || kind === "mapped").map(({ id }) => id);
  const own = callables.length === 0 ? [] : [`from larkspur.${pipeline.id} import ${[...callables].sort().join(", ")}`];
  return { head: ["from datetime import datetime, timedelta", "from zoneinfo import ZoneInfo"], own: [...lines, ...own] };
}

function taskLines({ pipeline, revisions }: File, task: Task): string[] {
  const args = [`task_id=${text(task.id)}`, ...workOf(task, revisions), `pool=${text(poolOf(task).name)}`];
  const name = `task_${task.id}`;
  const body = (list: string[]) => list.map((each) => `        ${each},`);
  if (task.kind !== "mapped") return [`    ${name} = ${operatorOf(task)}(`, ...body(args), "    )"];
  const source = task.after[0] ?? pipeline.id;
  return [`    ${name} = PythonOperator.partial(`, ...body(args), `    ).expand(op_args=task_${source}.output)`];
}

function workOf(task: Task, revisions: Map<string, Revision>): string[] {
  if (task.kind === "python" || task.kind === "mapped") return [`python_callable=${task.id}`];
  if (task.kind === "sensor")
    return [
      `bucket_key="s3://larkspur-landing/${task.source}/{{ ds }}/_READY"`,
      `timeout=timedelta(minutes=${task.timeoutMinutes})`,
      "deferrable=True",
    ];
  if (task.kind === "glue") return [`job_name=${text(task.job)}`, 'script_args={"--date": "{{ ds }}"}', "deferrable=True"];
  const definition = definitionOf(task.definition);
  const revision = revisions.get(task.definition);
  if (!revision) throw new Error(`${task.definition} has no revision`);
  const command = words(commandOf(task, definition, revision.revision, "{{ ds }}"));
  const { imageTag, cpuUnits, memoryMib } = revision;
  return [
    `# ${definition.family} ${imageTag}: ${cpuUnits} CPU units, ${memoryMib} MiB\n        cluster=${text(company.cluster)}`,
    `task_definition="${definition.family}:${revision.revision}"`,
    `overrides={"containerOverrides": [{"name": ${text(definition.container)}, "command": ${command}}]}`,
    `capacity_provider_strategy=[{"capacityProvider": "${task.spot ? "FARGATE_SPOT" : "FARGATE"}", "weight": 1}]`,
    "deferrable=True",
  ];
}

function wiring({ tasks }: Pipeline): string[] {
  const lines = tasks.flatMap((task) => task.after.map((before) => `    task_${before} >> task_${task.id}`));
  return lines.length === 0 ? [] : ["", ...lines];
}
