import { scheduleWords } from "@/lib/format/schedule";

/** A schedule in words, its expression as the title; the expression itself where words would not be exact. */
export function Schedule({ schedule }: { schedule: string | null }) {
  if (!schedule) return <span className="text-ink-3">by hand only</span>;
  const words = scheduleWords(schedule);
  return words ? <span title={schedule}>{words}</span> : <code className="tracking-tight">{schedule}</code>;
}
