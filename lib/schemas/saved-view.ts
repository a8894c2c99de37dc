import { z } from "zod";
import { Instant } from "./common";

export const ViewId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, "8 to 64 letters, digits, _ or -");

/** A filter of the list of runs under a name. `query` is as in the address: `state=failed&last=24h`. */
export const SavedView = z.object({
  id: ViewId,
  name: z.string(),
  query: z.string(),
  isShared: z.boolean(),
  /** What its owner sees first. */
  isDefault: z.boolean(),
  isOwn: z.boolean(),
  owner: z.string(),
  changedAt: Instant,
});
export type SavedView = z.infer<typeof SavedView>;

export const SavedViewList = z.object({ asOf: Instant, items: z.array(SavedView) });
export type SavedViewList = z.infer<typeof SavedViewList>;

export const SavedViewRequest = z
  .object({
    name: z.string().trim().min(1).max(80),
    query: z.string().max(4_000),
    isShared: z.boolean().default(false),
    isDefault: z.boolean().default(false),
  })
  .strict();
export type SavedViewRequest = z.input<typeof SavedViewRequest>;
