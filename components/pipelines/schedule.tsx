import { scheduleWords } from "@/lib/format/schedule";

/** A schedule in words, its expression and zone as the title; the expression itself where words would not be exact. */
export function Schedule({ schedule, zone }: { schedule: string | null; zone: string | null }) {
  if (!schedule) return <span className="text-ink-3">by hand only</span>;
  const words = scheduleWords(schedule, zone);
  const title = `${schedule}, ${zone ?? "in the DAG's own time zone, which Airflow has not told"}`;
  return words ? <span title={title}>{words}</span> : <code className="tracking-tight">{schedule}</code>;
}
