import "server-only";
import { z } from "zod";
import { sampleEnvironment } from "@/lib/schemas/sample";
import type { TableConfig } from "./env";
import company from "./sample/company.json";

const minuteMs = 60_000;

const Place = z.object({ id: z.string(), zone: z.string(), calendar: z.string() });
const Table = z.object({
  name: z.string(),
  pipeline: z.string(),
  task: z.string(),
  expect: z.object({ by: z.string(), days: z.enum(["all", "working"]), graceMinutes: z.int() }).optional(),
  warnAfterMinutes: z.int().optional(),
  errorAfterMinutes: z.int().optional(),
});

const ms = (minutes: number | undefined) => (minutes === undefined ? null : minutes * minuteMs);

/** What is expected of the simulated company's tables, as penstock.yaml would say it. */
export function sampleTables(): TableConfig[] {
  const places = new Map(
    Place.array()
      .parse(company.pipelines)
      .map((place) => [place.id, place]),
  );
  return Table.array()
    .parse(company.tables)
    .map(({ name, pipeline, task, expect, warnAfterMinutes, errorAfterMinutes }) => {
      const place = places.get(pipeline);
      return {
        name,
        environment: sampleEnvironment,
        producedBy: { dag: pipeline, task },
        warnAfterMs: ms(warnAfterMinutes),
        errorAfterMs: ms(errorAfterMinutes),
        ...(expect && place
          ? {
              expect: {
                by: expect.by,
                days: expect.days,
                zone: place.zone,
                calendar: place.calendar,
                graceMs: expect.graceMinutes * minuteMs,
              },
            }
          : {}),
      };
    });
}
