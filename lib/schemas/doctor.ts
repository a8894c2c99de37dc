import { z } from "zod";
import { Instant } from "./common";

/** One thing that Penstock needs, tried: an AWS action, a login, a table. */
export const Check = z.object({
  /** Null: of Penstock itself. */
  environment: z.string().nullable(),
  system: z.enum(["airflow", "ecs", "glue", "logs", "warehouse", "events", "metrics", "identity", "ledger"]),
  /** An AWS action as IAM names it, or what was tried. */
  name: z.string(),
  /** The role that tried it: the reader's or the operator's. */
  access: z.enum(["read", "operate"]),
  /** missing: refused for want of a permission; failed: no answer, or something else is wrong; not_tried: it cannot be known, and `detail` says why. */
  state: z.enum(["ok", "missing", "failed", "not_tried"]),
  /** The ARN, table or address that it was tried on. */
  resource: z.string().nullable(),
  /** Where one line stands for several things: how many were tried, of how many. */
  tried: z.string().nullable(),
  reason: z.string(),
  pages: z.array(z.string()),
  detail: z.string().nullable(),
  remedy: z.string().nullable(),
  /** Without it something is less good, and nothing is wrong. */
  isOptional: z.boolean(),
  tookMs: z.number().int(),
});
export type Check = z.infer<typeof Check>;

export const DoctorReport = z.object({
  asOf: Instant,
  /** False when something that is needed is missing or failed. */
  isHealthy: z.boolean(),
  checks: z.array(Check),
});
export type DoctorReport = z.infer<typeof DoctorReport>;
