import { readFileSync } from "node:fs";
import { z } from "zod";
import { AttemptDetail } from "@/lib/schemas/attempt";
import { type Run, RunDetail, type RunId, RunPage } from "@/lib/schemas/run";
import { sampleEnvironment } from "@/lib/schemas/sample";
import { SourceList } from "@/lib/schemas/status";
import { type TableLoad, TableLoadPage } from "@/lib/schemas/table";
import { call } from "../api";
import { expect, test } from "../fixtures";

const dayMs = 86_400_000;
/** The history is written while the platform is used; the oldest days come last. */
const wholeWithinMs = 600_000;

const Company = z.object({
  events: z.array(z.object({ id: z.string(), day: z.int().nullable(), onWorkingDay: z.boolean().optional() })),
  holidays: z.record(z.string(), z.array(z.string())),
  pipelines: z.array(z.object({ id: z.string(), tasks: z.array(z.object({ kind: z.string(), source: z.string().optional() })) })),
});
export const company = Company.parse(JSON.parse(readFileSync("server/sample/company.json", "utf8")));

export async function read<T>(schema: z.ZodType<T>, path: string): Promise<T> {
  const response = await call("viewer", path);
  expect(response.status, await response.clone().text()).toBe(200);
  return schema.parse(await response.json());
}

/** For a poll: null where it does not answer yet. */
async function sources(): Promise<SourceList | null> {
  const response = await call("viewer", `/api/sources?environment=${sampleEnvironment}`);
  if (response.status === 503) return null;
  expect(response.status, await response.clone().text()).toBe(200);
  return SourceList.parse(await response.json());
}

/** Waits until the whole history is there; called in a hook, which gets the time for it. @returns the date of its first day */
export async function wholeHistory(): Promise<string> {
  test.setTimeout(wholeWithinMs + 60_000);
  let since: string | null | undefined;
  await expect
    .poll(
      async () => {
        const answer = await sources();
        since = answer?.environments.find(({ isSample }) => isSample)?.since;
        const airflow = answer?.items.find(({ name }) => name === "airflow");
        return Boolean(since) && airflow?.state === "ok" && airflow.reason === undefined;
      },
      { message: "the sample's history is written", timeout: wholeWithinMs, intervals: [1_000] },
    )
    .toBe(true);
  if (!since) throw new Error("the sample has no first day");
  return since;
}

export const addDays = (date: string, days: number) => new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);

/** The date of an event, moved to the next day on which everybody works where it has to be one. */
export function dateOf(anchor: string, id: string, days = 0): string {
  const event = company.events.find((each) => each.id === id);
  if (!event || event.day === null) throw new Error(`${id} has no day`);
  const holidays = Object.values(company.holidays).flat();
  let date = addDays(anchor, event.day);
  while (event.onWorkingDay && ([0, 6].includes(new Date(`${date}T00:00:00Z`).getUTCDay()) || holidays.includes(date)))
    date = addDays(date, 1);
  return addDays(date, days);
}

const query = (values: Record<string, string | undefined>) =>
  new URLSearchParams(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined)).toString();

/** Runs of a pipeline that were due from one instant to another, the newest first. */
export async function runsBetween(pipeline: string | undefined, from: string, to: string, state?: string): Promise<Run[]> {
  const found: Run[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await read(RunPage, `/api/runs?${query({ environment: sampleEnvironment, pipeline, state, limit: "100", cursor })}`);
    found.push(...page.items.filter(({ runAfter }) => runAfter !== null && runAfter >= from && runAfter < to));
    const last = page.items.at(-1)?.runAfter ?? "";
    if (page.nextCursor === null || last < from) return found;
    cursor = page.nextCursor;
  }
}

export const runDetail = ({ pipeline, runId }: RunId) =>
  read(RunDetail, `/api/runs/${sampleEnvironment}/${encodeURIComponent(pipeline)}/${encodeURIComponent(runId)}`);

export const attemptDetail = (id: string) => read(AttemptDetail, `/api/attempts/${id}`);

/** Loads of a table up to the end of a day, the newest first. */
export const loadsUntil = async (table: string, until: string): Promise<TableLoad[]> =>
  (await read(TableLoadPage, `/api/tables/${sampleEnvironment}/${table}/loads?${query({ until, limit: "20" })}`)).items;
