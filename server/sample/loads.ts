import "server-only";
import { addDays } from "@/lib/calendar";
import { distribution, type Table, tablesOf } from "./company";
import type { Load } from "./timeline";
import type { Setting } from "./tries";
import { dayMs } from "./world";

const rejectingPpm = 20_000;
const tables = new Map<string, Table[]>();

function loadedBy(pipeline: string, task: string): Table[] {
  const key = `${pipeline}/${task}`;
  let found = tables.get(key);
  if (!found) {
    found = tablesOf(pipeline, task);
    tables.set(key, found);
  }
  return found;
}

/** What a try that succeeded loaded. @param work milliseconds, the last of which ends at `endedAt` */
export function loadsOf(setting: Setting, task: string, key: string, endedAt: number, work: number): Load[] {
  return loadedBy(setting.pipeline.id, task).map((table) => loadOf(setting, table, `load|${key}|${table.name}`, endedAt, work));
}

function loadOf({ world, pipeline, volume, runAfter, occasion }: Setting, table: Table, key: string, endedAt: number, work: number): Load {
  const finishedAt = endedAt - 200 - world.random.draw(key, 700);
  const isEmpty = world.during("zero_rows", runAfter).some(({ effect }) => effect.tables.includes(table.name));
  const noise = world.random.quantile(distribution("rows_noise"), `${key}|rows`);
  const rows = isEmpty ? 0 : Math.floor((Math.floor((table.rows * volume) / 1000) * noise) / 1000);
  const updated = Math.floor((rows * table.updatedPermille) / 1000);
  const rejects = rows > 0 && world.random.draw(`${key}|reject`, 1_000_000) < rejectingPpm;
  const rejected = rejects ? 1 + world.random.draw(`${key}|rejected`, 40) : 0;
  const daysBack = world.during("old_data", runAfter).find(({ effect }) => effect.tables.includes(table.name))?.effect.daysBack ?? 0;
  return {
    table,
    rowsRead: rows + rejected,
    rowsInserted: rows - updated,
    rowsUpdated: updated,
    rowsRejected: rejected,
    dataThrough:
      pipeline.schedule.kind === "interval"
        ? new Date(occasion.nominal - daysBack * dayMs).toISOString()
        : addDays(occasion.date, -1 - daysBack),
    startedAt: finishedAt - Math.max(500, Math.floor(work / 3)),
    finishedAt,
  };
}
