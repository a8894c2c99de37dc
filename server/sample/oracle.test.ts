import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { sampleEnvironment } from "@/lib/schemas/sample";
import { SampleLook } from "@/server/collector/look-sample";
import { ledger } from "@/server/ledger/db";
import { writeCursor } from "@/server/ledger/source-health";
import { sampleTables } from "@/server/sample-tables";
import { configure } from "@/server/testing/configuration";
import { askOracle } from "@/server/testing/oracle";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { ProductAnswers } from "@/server/testing/product-answers";

const company = { seed: "penstock", anchor: "2026-07-25", now: "2026-11-22T01:10:30Z" };
const now = Date.parse(company.now);
const dayMs = 86_400_000;
const midnight = (day: number) => Date.parse(company.anchor) + day * dayMs;
const dateOf = (day: number) => new Date(midnight(day)).toISOString().slice(0, 10);

/** Each event, the change of clocks in Madrid and New York, a month's end and beginning, and today with what is at work in the night. */
const days = [30, 43, 51, 60, 61, 62, 66, 68, 72, 74, 77, 83, 88, 89, 91, 92, 93, 94, 95, 97, 98, 99, 100, 120];

let server: TestLedger;

beforeAll(async () => {
  server = await startTestLedger();
  const sample = { kind: "sample", name: sampleEnvironment, region: "eu-west-1", seed: company.seed, days: 120 } as const;
  configure({ sample, tables: sampleTables() });
  vi.useFakeTimers({ toFake: ["Date"], now });
  const look = new SampleLook({ name: sampleEnvironment, seed: company.seed, days: 120 }, null, { now: () => new Date(now) });
  for (const day of days.toReversed()) {
    const backTo = midnight(day + 1);
    await writeCursor(
      ledger(),
      { environment: sampleEnvironment, source: "airflow" },
      { seed: company.seed, anchor: company.anchor, liveTo: now, backTo },
    );
    await look.look();
  }
}, 300_000);
afterAll(async () => {
  vi.useRealTimers();
  await server.remove();
});

it("a viewer is told what is true of a thousand random things", async () => {
  const product = new ProductAnswers();
  const questions = askOracle({ ...company, days: days.map(dateOf) }, 1000);
  expect(questions).toHaveLength(1000);
  const differences = [];
  for (const { answer, ...question } of questions) {
    const told = await product.answer({ ...question, answer });
    if (!isDeepStrictEqual(told, answer)) differences.push({ ...question, answer, told });
  }
  expect(differences).toEqual([]);
}, 300_000);
