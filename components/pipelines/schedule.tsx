import { scheduleWords, zoneWords } from "@/lib/format/schedule";

/** A schedule in words, its expression and zone as the title; the expression itself, and its zone, where words would not be exact. */
export function Schedule({ schedule, zone }: { schedule: string | null; zone: string | null }) {
  if (!schedule) return <span className="text-ink-3">by hand only</span>;
  const words = scheduleWords(schedule, zone);
  const title = `${schedule}, ${zone ?? "in the DAG's own time zone, which Airflow has not told"}`;
  if (words) return <span title={title}>{words}</span>;
  return (
    <span title={title}>
      <code className="tracking-tight">{schedule}</code>
      {isCron(schedule) && zone && <span className="text-ink-3"> {zoneWords(zone)}</span>}
    </span>
  );
}

/** Others, as of a data set or of an interval, go by no clock of a zone. */
const isCron = (schedule: string) => /^(\S+\s+){4}\S+$/.test(schedule.trim());
