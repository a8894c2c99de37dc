import type { FailureClass } from "./schemas/attempt";
import type { ThingKind } from "./schemas/compare";

type Strength = "yes" | "maybe";

const code: Partial<Record<ThingKind, Strength>> = {
  code: "maybe",
  image: "maybe",
  definition: "maybe",
  glue: "maybe",
  parameters: "maybe",
  tasks: "maybe",
};
const moreWork: Partial<Record<ThingKind, Strength>> = { rows: "maybe", interval: "maybe", parameters: "maybe", duration: "maybe" };
const launch: Partial<Record<ThingKind, Strength>> = { definition: "maybe", image: "maybe", size: "maybe", capacity: "maybe" };

/** Which way something must have gone to bring any failure about: more work, or less to do it with. */
export const harmfulWay: Partial<Record<ThingKind, "more" | "less">> = {
  rows: "more",
  memory: "more",
  duration: "more",
  interval: "more",
  size: "less",
};

/** Which differences can bring a failure of each class about: what a class has no line for, nothing recorded explains. */
export const explanations: Partial<Record<FailureClass, Partial<Record<ThingKind, Strength>>>> = {
  out_of_memory: { ...code, ...moreWork, size: "yes", memory: "maybe", columns: "maybe" },
  disk_full: { ...code, ...moreWork, size: "yes" },
  image_pull: { image: "yes", definition: "yes" },
  resource_initialisation: launch,
  container_start: launch,
  container_timeout: { ...code, ...moreWork, size: "maybe", definition: "yes" },
  spot_interruption: { capacity: "yes" },
  container_exit: { ...code, ...launch, columns: "maybe", rows: "maybe" },
  aws_capacity: { size: "maybe", capacity: "yes" },
  aws_permission: { definition: "yes", glue: "maybe" },
  aws_credentials: { definition: "yes" },
  glue_timeout: { ...moreWork, ...code },
  glue_script: { ...code, columns: "maybe" },
  glue_query: { ...code, columns: "yes" },
  glue_error: { ...code, columns: "maybe", rows: "maybe" },
  glue_bookmark: { glue: "maybe", trigger: "maybe" },
  data_not_found: { parameters: "yes", interval: "maybe", code: "maybe", glue: "maybe" },
  airflow_timeout: { ...moreWork, code: "maybe", size: "maybe" },
  dag_import: { code: "yes" },
  database_timeout: { ...moreWork, code: "maybe", columns: "maybe" },
  database_constraint: { columns: "maybe", code: "maybe", parameters: "maybe", trigger: "maybe", rows: "maybe" },
  database_disk: { rows: "maybe", interval: "maybe" },
  database_permission: { code: "maybe", columns: "maybe", definition: "maybe" },
  schema_mismatch: { columns: "yes", code: "maybe", image: "maybe", glue: "maybe" },
  source_credentials: { definition: "maybe", parameters: "maybe" },
  source_certificate: { image: "maybe", definition: "maybe" },
  source_refused: { ...code },
  python_exception: { ...code, columns: "maybe" },
  unclassified: { ...code, ...moreWork, ...launch, columns: "maybe", memory: "maybe", trigger: "maybe" },
};

/** Of classes whose cause lies outside all that is compared: said when nothing that differs explains them. */
export const outside: Partial<Record<FailureClass, string>> = {
  image_pull: "the registry did not give the image",
  spot_interruption: "AWS took the Spot capacity back",
  host_terminated: "AWS ended the machine",
  aws_capacity: "AWS had no capacity",
  glue_service: "a service under Glue failed",
  glue_connection: "Glue did not reach the database",
  heartbeat_lost: "Airflow lost sight of the task",
  task_killed: "somebody or something ended it from outside",
  database_lock: "another session held the lock",
  too_many_connections: "the database had no connection left",
  database_connection: "the database did not answer",
  source_unreachable: "the source did not answer",
  source_rate_limit: "the source asked to slow down",
  source_server_error: "the source itself failed",
  source_refused: "the source refused the request",
  source_credentials: "the source refused the login",
  source_certificate: "the source's certificate was refused",
};
