import { expect, it } from "vitest";
import { configure } from "@/server/testing/configuration";
import { adapterFor } from "./airflow-ask";
import { supportOf } from "./airflow-versions";

const slice = { offset: 0, limit: 100 };
const span = { from: new Date(0), to: null };
const task = { pipeline: "a", runId: "b", taskId: "c", mapIndex: -1 };

it.each([
  ["2.4.3", "unsupported"],
  ["2.7.1", "unsupported"],
  ["2.7.2", "supported"],
  ["2.8.1", "supported"],
  ["2.9.2", "supported"],
  ["2.10.1", "supported"],
  ["2.11.2", "supported"],
  ["2.11.2+mwaa.1", "supported"],
  ["2.12.0", "unsupported"],
  ["3.0.0", "unsupported"],
  ["3.0.5", "unsupported"],
  ["3.0.6", "supported"],
  ["3.2.1", "supported"],
  ["3.3.1", "supported"],
  ["3.4.0", "untested"],
  ["3.10.0", "untested"],
  ["4.0.0", "unsupported"],
  ["v3", "unsupported"],
  ["", "unsupported"],
  [null, "unsupported"],
])("Airflow %s is %s", (version, state) => {
  expect(supportOf(version).state).toBe(state);
  expect(supportOf(version).adapter === null).toBe(state === "unsupported");
});

it("names an unsupported version, and those that are read", () => {
  configure();
  const environment = { name: "old", region: "eu-west-1", mwaa: "penstock", ecs: [], glue: [] };
  expect(() => adapterFor(environment, "2.6.3")).toThrow("airflow (old) is version 2.6.3, which Penstock does not read");
  try {
    adapterFor(environment, null);
  } catch (error) {
    expect(error).toMatchObject({ code: "upstream", remedy: "Supported: Airflow 2.7.2 to 2.11 and 3.0.6 to 3.3." });
  }
  expect.assertions(2);
});

/** Query keys of each endpoint in the specifications of 2.7.2 (v1.yaml) and of 3.0.6 (FastAPI): what all later ones of the same major know too. */
const paging = ["limit", "offset"];
const changed = ["updated_at_gte", "updated_at_lte"];
const known = {
  2: { dags: [...paging, "order_by"], runs: [...paging, ...changed, "order_by"], attempts: [...paging, ...changed], xcom: ["map_index"] },
  3: {
    dags: [...paging, "order_by"],
    runs: [...paging, ...changed, "order_by"],
    attempts: [...paging, ...changed, "order_by"],
    xcom: ["map_index"],
  },
};

it.each([
  ["2.7.2", known[2]],
  ["2.9.2", known[2]],
  ["2.10.3", { ...known[2], xcom: ["map_index", "stringify"] }],
  ["2.11.2", { ...known[2], xcom: ["map_index", "stringify"] }],
  ["3.0.6", known[3]],
  ["3.3.1", known[3]],
])("Airflow %s is asked nothing that it does not know", (version, keys) => {
  const { adapter } = supportOf(version);
  if (!adapter) throw new Error("no adapter");
  const asked = (request: { query?: object }) => Object.keys(request.query ?? {}).sort();
  expect(asked(adapter.dags(slice).request)).toEqual([...keys.dags].sort());
  expect(asked(adapter.runsChanged({ ...span, to: new Date(1) }, slice).request)).toEqual([...keys.runs].sort());
  expect(asked(adapter.attemptsChanged({ ...span, to: new Date(1) }, slice).request)).toEqual([...keys.attempts].sort());
  expect(asked(adapter.xcom(task, "k").request)).toEqual([...keys.xcom].sort());
  expect(asked(adapter.xcomKeys(task).request)).toEqual(["limit", "map_index"]);
  for (const request of [adapter.run("a", "b").request, adapter.dagDetails("a").request, adapter.tries(task).request])
    expect(request.query).toBeUndefined();
  const isNew = version.startsWith("3");
  expect(Object.keys(adapter.trigger({ pipeline: "a", runId: "b", conf: {}, note: "n" }).request.body as object).sort()).toEqual(
    isNew ? ["conf", "dag_run_id", "logical_date", "note"] : ["conf", "dag_run_id", "note"],
  );
  expect(adapter.tries(task).request.path.endsWith("/tries")).toBe(!["2.7.2", "2.9.2"].includes(version));
});
