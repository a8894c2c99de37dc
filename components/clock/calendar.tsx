"use client";

import { Glyph, type GlyphName } from "@/components/ui/glyph";
import { type ToneName, toneClass } from "@/components/ui/state";
import { addDays, weekdayOf, weekdays } from "@/lib/calendar";
import { cn } from "@/lib/cn";
import { type DayOutcome, dayOutcome } from "@/lib/day-outcome";
import { plural } from "@/lib/format/count";
import { longDay } from "@/lib/format/time";
import type { CalendarDay, PipelineCalendar } from "@/lib/schemas/clock";

export const outcomeSaid: Record<DayOutcome, { word: string; tone: ToneName; glyph: GlyphName | null }> = {
  succeeded: { word: "succeeded", tone: "ok", glyph: "ok" },
  fixed: { word: "failed, then fixed", tone: "late", glyph: "retry" },
  failed: { word: "failed", tone: "fail", glyph: "fail" },
  partial: { word: "partly failed", tone: "late", glyph: "partial" },
  open: { word: "not over", tone: "run", glyph: "run" },
  planned: { word: "planned", tone: "mute", glyph: "soon" },
  none: { word: "no run", tone: "mute", glyph: null },
};

/** `Tuesday 17 March: partly failed, 3 runs succeeded, 1 failed`. */
export function daySaid(date: string, day: CalendarDay | undefined): string {
  const parts = day
    ? [
        day.succeeded > 0 && `${plural(day.succeeded, "run")} succeeded`,
        day.failed > 0 && `${day.failed} failed${day.fixed > 0 ? `, ${day.fixed} of them fixed later` : ""}`,
        day.open > 0 && `${day.open} not over`,
        day.planned > 0 && `${day.planned} planned`,
      ]
    : [];
  return [`${longDay(`${date}T12:00:00Z`, "UTC")}: ${outcomeSaid[dayOutcome(day)].word}`, ...parts.filter(Boolean)].join(", ");
}

type CalendarProps = { calendar: PipelineCalendar; chosen: string; onChoose: (date: string) => void };

/** Months of days, each with what became of its runs. */
export function Calendar({ calendar, chosen, onChoose }: CalendarProps) {
  const days = new Map(calendar.days.map((day) => [day.date, day]));
  return (
    <div className="grid gap-x-6 gap-y-4 px-3.5 pb-3 desk:grid-cols-2 desk:px-4 wide:grid-cols-3">
      {monthsOf(calendar).map((first) => (
        <Month key={first} first={first} days={days} today={calendar.today} chosen={chosen} onChoose={onChoose} />
      ))}
    </div>
  );
}

function monthsOf({ from, until }: PipelineCalendar): string[] {
  const months: string[] = [];
  for (let first = from; first <= until; first = `${addDays(first, 32).slice(0, 7)}-01`) months.push(first);
  return months;
}

type MonthProps = Omit<CalendarProps, "calendar"> & { first: string; days: Map<string, CalendarDay>; today: string };

function Month({ first, days, today, chosen, onChoose }: MonthProps) {
  const next = `${addDays(first, 32).slice(0, 7)}-01`;
  const dates: string[] = [];
  for (let date = first; date < next; date = addDays(date, 1)) dates.push(date);
  const lead = (weekdays.indexOf(weekdayOf(first)) + 6) % 7;
  const name = `${longDay(`${first}T12:00:00Z`, "UTC").split(" ").at(-1)} ${first.slice(0, 4)}`;
  return (
    <section aria-label={name}>
      <h3 className="mb-1 text-small font-strong">{name}</h3>
      <div className="caldays">
        {["M", "T", "W", "T", "F", "S", "S"].map((letter, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: seven letters in their order, two of them twice
          <span key={index} aria-hidden="true">
            {letter}
          </span>
        ))}
        {dates.map((date, index) => {
          const day = days.get(date);
          const { tone, glyph } = outcomeSaid[dayOutcome(day)];
          return (
            <button
              key={date}
              type="button"
              aria-pressed={date === chosen}
              aria-current={date === today ? "date" : undefined}
              aria-label={daySaid(date, day)}
              title={daySaid(date, day)}
              className={cn(toneClass[tone])}
              style={index === 0 ? { gridColumnStart: lead + 1 } : undefined}
              onClick={() => onChoose(date)}
            >
              {Number(date.slice(8))}
              {glyph && <Glyph name={glyph} size={12} />}
            </button>
          );
        })}
      </div>
    </section>
  );
}

export function CalendarKey() {
  return (
    <div className="flex flex-wrap gap-x-4 gap-y-1 border-t border-line px-3.5 py-2 text-small text-ink-2 desk:px-4">
      {Object.values(outcomeSaid).map(({ word, tone, glyph }) => (
        <span key={word} className={cn("inline-flex items-center gap-1.5", toneClass[tone])}>
          {glyph ? <Glyph name={glyph} size={12} className="text-(--c)" /> : <span className="size-3 rounded-[3px] ring-1 ring-line" />}
          {word}
        </span>
      ))}
    </div>
  );
}
