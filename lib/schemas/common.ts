import { z } from "zod";

/** ISO 8601 instant in UTC, e.g. `2026-11-22T08:35:12.000Z`. */
export const Instant = z.iso.datetime({ offset: true });
export type Instant = z.infer<typeof Instant>;

/** Exact US dollars as decimal text (`"0.2914"`); null where a price or a measure is unknown, never 0 for unknown. */
export const UsdText = z.string().regex(/^-?\d+(\.\d+)?$/);
export type UsdText = z.infer<typeof UsdText>;

export const SourceState = z.enum(["ok", "stale", "failed"]);
export type SourceState = z.infer<typeof SourceState>;

/** What Penstock knows of one system it reads: `asOf` is the last success (null: never), `reason` why it is not ok, or what to know though it is. */
export const SourceHealth = z.object({
  name: z.string(),
  environment: z.string(),
  state: SourceState,
  asOf: Instant.nullable(),
  reason: z.string().optional(),
  /** Since when each reading has failed; there is none while it answers. */
  failingSince: Instant.optional(),
  /** What to do about the reason. */
  remedy: z.string().optional(),
});
export type SourceHealth = z.infer<typeof SourceHealth>;

/** Every answer of the API carries these two. */
export const Honest = z.object({ asOf: Instant, sources: z.array(SourceHealth) });
export type Honest = z.infer<typeof Honest>;

export const Tone = z.enum(["ok", "run", "late", "fail", "mute"]);
export type Tone = z.infer<typeof Tone>;

/** A sentence in parts: `tone` colours a part, `at` lets the browser print that instant in the viewer's zone instead of `text`. */
export const Sentence = z.array(z.object({ text: z.string(), tone: Tone.optional(), at: Instant.optional() }));
export type Sentence = z.infer<typeof Sentence>;

/** Without an environment an answer is of all real ones. */
export const EnvironmentFilter = z.object({ environment: z.string().optional() });
export type EnvironmentFilter = z.infer<typeof EnvironmentFilter>;

/** A keyset page: `nextCursor` is opaque and null on the last page. */
export function page<T extends z.ZodType>(item: T) {
  return Honest.extend({ items: z.array(item), nextCursor: z.string().nullable() });
}

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(25),
  /** Holds the ids of a row, each of up to 250 characters of any script. */
  cursor: z.string().max(6000).optional(),
});
