import "server-only";
import { addDays, instantOf, localDate, weekdayOf } from "@/lib/calendar";
import { company, type Pipeline } from "./company";
import type { Occasion } from "./timeline";
import { dayMs, isHoliday, isWorking, type World } from "./world";

function isAlive(world: World, pipeline: Pipeline, date: string): boolean {
  const day = world.dayIndex(date);
  return day >= Math.max(0, pipeline.fromDay ?? 0) && day < (pipeline.untilDay ?? Number.POSITIVE_INFINITY);
}

function isPaused(world: World, pipeline: Pipeline, nominal: number): boolean {
  return world.during("pause", nominal).some(({ effect }) => effect.pipeline === pipeline.id);
}

function isDayOfMonth(on: "first_working" | "last_working" | number, date: string, calendar: string): boolean {
  if (typeof on === "number") return Number(date.slice(8)) === on;
  if (!isWorking(calendar, date)) return false;
  const step = on === "first_working" ? -1 : 1;
  for (let other = addDays(date, step); other.slice(0, 7) === date.slice(0, 7); other = addDays(other, step)) {
    if (isWorking(calendar, other)) return false;
  }
  return true;
}

/** The occasion of a pipeline with a wall clock on a local date, by its schedule alone. */
function scheduledOn(pipeline: Pipeline, date: string): Occasion | null {
  const { schedule, zone, calendar } = pipeline;
  if (schedule.kind === "daily") {
    if (schedule.days === "working" && !isWorking(calendar, date)) return null;
    return { nominal: instantOf(date, schedule.at, zone), date };
  }
  if (schedule.kind === "monthly" && isDayOfMonth(schedule.on, date, calendar))
    return { nominal: instantOf(date, schedule.at, zone), date };
  return null;
}

/** The occasion of a pipeline with a wall clock on a local date; null when it is not due, not there or paused. */
export function occasionOn(world: World, pipeline: Pipeline, date: string): Occasion | null {
  if (!isAlive(world, pipeline, date)) return null;
  const occasion = scheduledOn(pipeline, date);
  return occasion && !isPaused(world, pipeline, occasion.nominal) ? occasion : null;
}

/** In which Airflow reads the DAG's expression. What runs every so many minutes goes by the day of UTC, wherever its pipeline belongs. */
export const scheduleZoneOf = ({ schedule, zone }: Pipeline): string => (schedule.kind === "interval" ? "UTC" : zone);

/** Occasions of a pipeline that runs every so many minutes, with nominal instants of [from, to). */
export function intervalOccasions(world: World, pipeline: Pipeline, from: number, to: number): Occasion[] {
  const { schedule, zone } = pipeline;
  if (schedule.kind !== "interval") return [];
  const every = schedule.everyMinutes * 60_000;
  const offset = schedule.offsetMinutes * 60_000;
  const occasions: Occasion[] = [];
  for (let day = Math.floor(from / dayMs) * dayMs; day < to; day += dayMs) {
    if (!isAlive(world, pipeline, new Date(day).toISOString().slice(0, 10))) continue;
    const first = Math.max(0, Math.ceil((from - day - offset) / every));
    for (let nominal = day + offset + first * every; nominal < Math.min(to, day + dayMs); nominal += every) {
      if (!isPaused(world, pipeline, nominal)) occasions.push({ nominal, date: localDate(nominal, zone) });
    }
  }
  return occasions;
}

/** When a wall-clock or interval pipeline is due next, after `now`. */
export function nextDue(world: World, pipeline: Pipeline, now: number): number | null {
  if (pipeline.schedule.kind === "assets") return null;
  if (pipeline.schedule.kind === "interval") return intervalOccasions(world, pipeline, now + 1, now + 2 * dayMs)[0]?.nominal ?? null;
  const today = localDate(now, pipeline.zone);
  for (let step = 0; step <= 40; step++) {
    const occasion = occasionOn(world, pipeline, addDays(today, step));
    if (occasion && occasion.nominal > now) return occasion.nominal;
  }
  return null;
}

/** How much there is to do on an occasion, in permille of a usual one. */
export function volumeOf(world: World, pipeline: Pipeline, { nominal, date }: Occasion): number {
  const { weekdays, months, hours } = company.volume;
  const growth = 1000 + Math.floor((pipeline.growthPer100Days * Math.max(0, world.utcDay(nominal))) / 100);
  const month = months[Number(date.slice(5, 7)) - 1] ?? 1000;
  const weekday = weekdays[isHoliday(pipeline.calendar, date) ? "sun" : weekdayOf(date)];
  const daily = Math.floor((Math.floor((growth * month) / 1000) * weekday) / 1000);
  if (pipeline.schedule.kind !== "interval") return daily;
  return Math.floor((daily * (hours[world.localHour(nominal, pipeline)] ?? 1000)) / 1000);
}
