import { z } from "zod";

/** How long something usually takes: over `count` good runs, the newest ones. Unknown (null) where there were too few. */
export const Usual = z.object({
  count: z.number().int(),
  p50Ms: z.number().int(),
  p90Ms: z.number().int(),
  p95Ms: z.number().int(),
});
export type Usual = z.infer<typeof Usual>;
