"use client";

import { useNow } from "@/lib/format/now";
import { clock, dataThrough, moment, relative } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";

type TimeProps = { at: string; className?: string };

/** An instant in the zone of the page: `08:35` today, with its day otherwise; the exact instant is its title. */
export function Time({ at, hasSeconds = false, className }: TimeProps & { hasSeconds?: boolean }) {
  const zone = useZone();
  const now = useNow(60_000);
  return (
    <time dateTime={at} title={at} className={className}>
      {moment(at, now, zone, hasSeconds)}
    </time>
  );
}

/** When something comes next; a time that has passed was due and is said so. */
export function NextTime({ at }: TimeProps) {
  const now = useNow();
  return (
    <>
      {Date.parse(at) <= now && <span className="text-late-ink">was due </span>}
      <Time at={at} />
    </>
  );
}

/** `22 min ago`, `in 27 min`. */
export function Ago({ at, className }: TimeProps) {
  const now = useNow();
  return (
    <time dateTime={at} title={at} className={className}>
      {relative(at, now)}
    </time>
  );
}

/** `08:35:12`. */
export function ClockTime({ at, className }: TimeProps) {
  return (
    <time dateTime={at} title={at} className={className}>
      {clock(at, useZone(), true)}
    </time>
  );
}

/** The newest data of a table: a day or an instant, as its column has it. */
export function DataThrough({ value }: { value: string | null }) {
  const zone = useZone();
  const now = useNow(60_000);
  if (value === null) return <span className="text-mute-ink">unknown</span>;
  return (
    <time dateTime={value} title={value}>
      {dataThrough(value, now, zone)}
    </time>
  );
}
