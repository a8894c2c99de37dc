import { expect, it } from "vitest";
import { claimIn } from "./join-claim";

it.each([
  ["tags", ["airflow:dag_id", "airflow:run_id", "airflow:task_id"]],
  ["Glue arguments", ["--airflow_dag_id", "--airflow_run_id", "--airflow_task_id"]],
  ["Airflow's own variables", ["AIRFLOW_CTX_DAG_ID", "AIRFLOW_CTX_DAG_RUN_ID", "AIRFLOW_CTX_TASK_ID"]],
])("finds the task by the names of %s", (_, [dag, run, task]) => {
  const entries = [
    [dag, "sales"],
    [run, "manual__1"],
    [task, "load"],
    ["other", "x"],
  ] as const;
  expect(claimIn(entries)).toEqual({ dag: "sales", run: "manual__1", task: "load", map: null, try: null });
  const [prefix] = [dag?.replace(/dag_id$/i, "")];
  const isUpper = dag === dag?.toUpperCase();
  const name = (text: string) => `${prefix}${isUpper ? text.toUpperCase() : text}`;
  expect(claimIn([...entries, [name("try_number"), "2"], [name("map_index"), "0"]])).toMatchObject({ map: 0, try: 2 });
});

it("says nothing when a part is missing, empty or somebody else's", () => {
  expect(claimIn([["airflow:dag_id", "sales"]])).toBeNull();
  expect(
    claimIn([
      ["airflow:dag_id", ""],
      ["airflow:run_id", "r"],
      ["airflow:task_id", "t"],
    ]),
  ).toBeNull();
  expect(
    claimIn([
      ["dag_id", "sales"],
      ["run_id", "r"],
      ["task_id", "t"],
    ]),
  ).toBeNull();
});

it("takes a try or map index only when it is one", () => {
  const named = [
    ["airflow:dag_id", "d"],
    ["airflow:run_id", "r"],
    ["airflow:task_id", "t"],
  ] as const;
  expect(claimIn([...named, ["airflow:try_number", "0"], ["airflow:map_index", "{{ ti.map_index }}"]])).toMatchObject({
    map: null,
    try: null,
  });
});
