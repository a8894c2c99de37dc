import type { ActivityEvent } from "@/lib/schemas/activity";

/** What happened, by which an intent and its outcome are the same. */
export const happeningOf = ({ seq, intentId }: ActivityEvent): string => intentId ?? String(seq);

/** An intent and its outcome are two links of the chain and one thing that happened: the outcome speaks for both. */
export function settled(events: ActivityEvent[]): ActivityEvent[] {
  const done = new Set(events.flatMap(({ intentId, outcome }) => (intentId && outcome !== "intended" ? [intentId] : [])));
  return events.filter(({ intentId, outcome }) => outcome !== "intended" || !intentId || !done.has(intentId));
}
