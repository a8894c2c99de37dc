import "server-only";
import { addDays, isExpectedDay, localTime } from "@/lib/calendar";
import { company, type Effect, type Event, type Pipeline } from "./company";
import { Random } from "./random";
import type { SimulatedRun } from "./timeline";

export const dayMs = 86_400_000;
export const hourMs = 3_600_000;

/** A stretch of time during which an event has an effect. */
export interface Active<T extends Effect = Effect> {
  event: Event;
  effect: T;
  /** Day index of the event. */
  day: number;
  from: number;
  to: number;
}

const midnight = (date: string) => Date.parse(`${date}T00:00:00Z`);

const holidays = new Map(Object.entries(company.holidays).map(([calendar, dates]) => [calendar, new Set(dates)]));
export const isHoliday = (calendar: string, date: string) => holidays.get(calendar)?.has(date) ?? false;
export const isWorking = (calendar: string, date: string) => isExpectedDay(date, "working", (each) => isHoliday(calendar, each));

/** The sample company from one seed and first day on. What it computed it remembers, as long as that is little. */
export class World {
  readonly random: Random;
  readonly #effects = new Map<Effect["effect"], Active[]>();
  readonly #hours = new Map<string, number>();
  readonly #outcomes = new Map<string, SimulatedRun[]>();

  /** @param anchor the date of day 0 */
  constructor(
    readonly seed: string,
    readonly anchor: string,
  ) {
    this.random = new Random(seed);
    for (const active of company.events.flatMap((event) => this.#effectsOf(event))) {
      const { effect } = active.effect;
      this.#effects.set(effect, [...(this.#effects.get(effect) ?? []), active]);
    }
  }

  dateOf(day: number): string {
    return addDays(this.anchor, day);
  }

  dayIndex(date: string): number {
    return Math.round((midnight(date) - midnight(this.anchor)) / dayMs);
  }

  utcDay(at: number): number {
    return Math.floor((at - midnight(this.anchor)) / dayMs);
  }

  /** 00:00 UTC of a day, or another time of it. */
  instant(day: number, time = "00:00"): number {
    return Date.parse(`${this.dateOf(day)}T${time}:00Z`);
  }

  /** The day of an event, moved to the next day that everybody works where it must be one. */
  eventDay({ day, onWorkingDay }: Event): number | null {
    if (day === null || !onWorkingDay) return day;
    let found = day;
    while (!Object.values(company.calendars).every((calendar) => isWorking(calendar, this.dateOf(found)))) found += 1;
    return found;
  }

  effects<K extends Effect["effect"]>(kind: K): Active<Extract<Effect, { effect: K }>>[] {
    return (this.#effects.get(kind) ?? []) as Active<Extract<Effect, { effect: K }>>[];
  }

  during<K extends Effect["effect"]>(kind: K, at: number): Active<Extract<Effect, { effect: K }>>[] {
    return this.effects(kind).filter(({ from, to }) => from <= at && at < to);
  }

  /** The hour that a clock in the pipeline's zone shows; all zones of the company are whole hours from UTC. */
  localHour(at: number, { zone }: Pipeline): number {
    const key = `${zone} ${Math.floor(at / hourMs)}`;
    let hour = this.#hours.get(key);
    if (hour === undefined) {
      hour = Number(localTime(at, zone).slice(0, 2));
      if (this.#hours.size >= mostRemembered) this.#hours.clear();
      this.#hours.set(key, hour);
    }
    return hour;
  }

  /** What `compute` gave before under this key. */
  remember(key: string, compute: () => SimulatedRun[]): SimulatedRun[] {
    const known = this.#outcomes.get(key);
    if (known) return known;
    const computed = compute();
    if (this.#outcomes.size >= mostRemembered) this.#outcomes.clear();
    this.#outcomes.set(key, computed);
    return computed;
  }

  #effectsOf(event: Event): Active[] {
    const day = this.eventDay(event);
    if (day === null) return [];
    return event.effects.map((effect) => {
      const from = "fromTime" in effect ? this.instant(day + effect.fromDay, effect.fromTime) : this.instant(day);
      const to = "toTime" in effect ? this.instant(day + effect.toDay, effect.toTime) : Number.POSITIVE_INFINITY;
      return { event, effect, day, from, to };
    });
  }
}

/** Three weeks of daily pipelines: what a day needs of the days around it, with room. */
const mostRemembered = 1_000;
