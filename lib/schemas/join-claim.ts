import type { AttemptClaim } from "./facts";

/** `airflow:dag_id`, `--airflow_run_id`, `AIRFLOW_CTX_TASK_ID` → `dag_id`, `run_id`, `task_id`. Without Airflow's name it is somebody else's. */
function fieldOf(name: string): string | null {
  const plain = name.toLowerCase().replace(/[^a-z0-9]+/g, "_");
  return /^_?airflow_(?:ctx_)?(.+)$/.exec(plain)?.[1] ?? null;
}

const integer = (text: string | undefined) => (text !== undefined && /^-?\d{1,9}$/.test(text) ? Number(text) : null);

/** The attempt that tags, variables or arguments name by the usual Airflow names; null unless DAG, run and task are all there. */
export function claimIn(entries: Iterable<readonly [name: string | undefined, value: string | undefined]>): AttemptClaim | null {
  const said = new Map<string, string>();
  for (const [name, value] of entries) {
    const field = name === undefined ? null : fieldOf(name);
    if (field !== null && value) said.set(field, value);
  }
  const dag = said.get("dag_id");
  const run = said.get("dag_run_id") ?? said.get("run_id");
  const task = said.get("task_id");
  if (!dag || !run || !task) return null;
  const tryNumber = integer(said.get("try_number"));
  return { dag, run, task, map: integer(said.get("map_index")), try: tryNumber !== null && tryNumber > 0 ? tryNumber : null };
}
