import { z } from "zod";
import { Instant } from "./common";

/** What an extraction left on S3: the contract between extractor, Glue job and everyone who reads either. */
export const Manifest = z.object({
  version: z.literal(1),
  run_key: z.string().regex(/^[A-Za-z0-9._-]{1,160}$/),
  join_key: z.string().nullable(),
  attempt: z.number().int().min(1),
  table: z.string(),
  load_date: z.iso.date(),
  source: z.object({ kind: z.enum(["odbc", "http"]), name: z.string(), dialect: z.string().nullish(), table: z.string() }),
  watermark: z.object({ column: z.string(), from: Instant.nullable(), to: Instant.nullable() }).nullable(),
  key_columns: z.array(z.string()),
  schema: z.array(z.object({ name: z.string(), type: z.string(), nullable: z.boolean() })),
  files: z.array(
    z.object({
      path: z.string(),
      rows: z.number().int().min(0),
      size_bytes: z.number().int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  rows: z.number().int().min(0),
  started_at: Instant,
  ended_at: Instant,
});
export type Manifest = z.infer<typeof Manifest>;
