import { z } from "zod";
import { Instant, UsdText } from "./common";

/** One line of an estimate: `quantity` × `rateUsd` per `unit` = `usd`; all decimal text. */
export const CostLine = z.object({
  what: z.string(),
  quantity: z.string(),
  unit: z.string(),
  rateUsd: UsdText.nullable(),
  usd: UsdText.nullable(),
});
export type CostLine = z.infer<typeof CostLine>;

/** Cost of one attempt with all that it was computed from. `usd` is null when a price or a measure is unknown; `reason` says which. */
export const Cost = z.object({
  usd: UsdText.nullable(),
  isFinal: z.boolean(),
  basis: z.enum(["fargate", "glue", "none"]),
  seconds: z.number().int().nullable(),
  formula: z.string(),
  lines: z.array(CostLine),
  priceList: z.object({ region: z.string(), asOf: z.string() }).nullable(),
  reason: z.string().optional(),
});
export type Cost = z.infer<typeof Cost>;

/** A sum over attempts: `usd` covers the known ones, `unknownCount` says how many are left out of it. */
export const CostTotal = z.object({
  usd: UsdText.nullable(),
  isEstimate: z.boolean(),
  unknownCount: z.number().int(),
  asOf: Instant.nullable(),
});
export type CostTotal = z.infer<typeof CostTotal>;
