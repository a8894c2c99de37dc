import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { airflowVenv, defaultAirflow, lockedVersions, minorOf, requireAirflowVersion } from "./airflow-versions";
import { parseOptions } from "./options";

const root = fileURLToPath(new URL("../..", import.meta.url));

test.each(["2.7.2", "2.10.3", "2.11.2", "3.0.6", "3.10.0"])("%s is a version", (version) => {
  expect(requireAirflowVersion(version)).toBe(version);
});

test.each(["2.7.1", "2.6.9", "1.10.15", "4.0.0", "2.11", "3.2.1rc1", "latest", ""])("%j is none", (version) => {
  expect(() => requireAirflowVersion(version)).toThrow(/no version/);
});

describe("the locks", () => {
  test("cover a version of each kind that MWAA offers", () => {
    expect(lockedVersions(root).map(minorOf)).toEqual(["2.10", "2.11", "3.0", "3.2"]);
  });

  test.each(lockedVersions(root))("%s is locked with hashes, and names no place to fetch from", async (version) => {
    const { lock } = await airflowVenv(root, "/no/cache", "/no/uv", version);
    const text = readFileSync(join(root, lock), "utf8");
    expect(text).toMatch(new RegExp(`^apache-airflow==${version.replaceAll(".", "\\.")} \\\\\\n {4}--hash=sha256:`, "m"));
    expect(text).not.toMatch(/https?:\/\/|--(extra-)?index-url/);
  });
});

describe("one option switches the platform", () => {
  test("to another Airflow with a state of its own", () => {
    expect(parseOptions("/repo", [], {})).toMatchObject({ airflow: defaultAirflow, state: "/repo/.local" });
    expect(parseOptions("/repo", ["--airflow", "2.11.2"], {})).toMatchObject({ airflow: "2.11.2", state: "/repo/.local/airflow-2.11.2" });
    expect(parseOptions("/repo", ["--test"], { PENSTOCK_AIRFLOW: "3.0.6" })).toMatchObject({
      airflow: "3.0.6",
      state: "/repo/.local/test/airflow-3.0.6",
    });
  });
});
