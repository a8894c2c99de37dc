import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { defaultAirflow, lockedVersions, minorOf } from "../airflow-versions";
import { isJoined, type LedgerDump, ledgerDifferences } from "./ledger";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const recorded = join(root, "server", "sources", "recorded", "airflow");
const ledger = (version: string) => JSON.parse(readFileSync(join(recorded, version, "ledger.json"), "utf8")) as LedgerDump;
const usual = ledger(minorOf(defaultAirflow));

const versions = readdirSync(recorded);

test("what is recorded was run by a lock of the repository, Airflow 2 as well as 3", () => {
  expect(versions).toEqual(["2.10", "2.11", "3.0", minorOf(defaultAirflow)]);
  expect(versions.filter((version) => !lockedVersions(root).map(minorOf).includes(version))).toEqual([]);
});

describe.each(versions)("the ledger of the same runs on Airflow %s", (version) => {
  test("is whole", () => {
    expect(isJoined(ledger(version))).toBe(true);
  });

  test(`is that of Airflow ${defaultAirflow}`, () => {
    expect(ledgerDifferences(usual, ledger(version))).toEqual([]);
  });
});

test("a difference is told by the row", () => {
  const [first, ...others] = usual.containers;
  if (!first) throw new Error("no containers");
  const found = { ...usual, containers: [{ ...first, exitCode: 3 }, ...others] };
  expect(ledgerDifferences(usual, found)).toEqual([
    `ledger: containers lacks ${JSON.stringify(first)}`,
    `ledger: containers has ${JSON.stringify({ ...first, exitCode: 3 })}`,
  ]);
});
