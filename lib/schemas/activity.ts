import { z } from "zod";
import { Instant, PageQuery, page } from "./common";

/** One link of the audit chain. `outcome` of an effect is its own later event with the same `intentId`. */
export const ActivityEvent = z.object({
  seq: z.number().int(),
  at: Instant,
  userId: z.string(),
  userName: z.string(),
  role: z.string(),
  action: z.string(),
  target: z.string(),
  reason: z.string().nullable(),
  outcome: z.enum(["intended", "done", "failed", "denied"]),
  detail: z.string().nullable(),
  intentId: z.string().nullable(),
});
export type ActivityEvent = z.infer<typeof ActivityEvent>;

/** `target`: what it was done to, such as `environment/pipeline/run id`, exactly. */
export const ActivityFilter = PageQuery.extend({ environment: z.string().optional(), target: z.string().max(1200).optional() });
export type ActivityFilter = z.infer<typeof ActivityFilter>;

export const ActivityPage = page(ActivityEvent);
export type ActivityPage = z.infer<typeof ActivityPage>;
