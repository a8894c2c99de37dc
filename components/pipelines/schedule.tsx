import { scheduleWords, zoneWords } from "@/lib/format/schedule";

/** A preset or a cron expression; others, as of assets or of an interval, go by no clock of a zone. */
const clock = /^(@|(\S+\s+){4}\S+$)/;

/** A schedule in words, its expression and zone as the title; the expression itself, and its zone, where words would not be exact. */
export function Schedule({ schedule, zone }: { schedule: string | null; zone: string | null }) {
  if (!schedule) return <span className="text-ink-3">by hand only</span>;
  const words = scheduleWords(schedule, zone);
  const isByClock = clock.test(schedule);
  const title = isByClock ? `${schedule}, ${zone ?? "in the DAG's own time zone, which Airflow has not told"}` : schedule;
  if (words) return <span title={title}>{words}</span>;
  return (
    <span title={title}>
      <code className="tracking-tight">{schedule}</code>
      {isByClock && zone && <span className="text-ink-3"> {zoneWords(zone)}</span>}
    </span>
  );
}
