import { z } from "zod";
import bundled from "./prices.json";
import { UsdText } from "./schemas/common";

const Compute = z.strictObject({ vcpuHour: UsdText, gbHour: UsdText });

const RegionPrices = z.strictObject({
  source: z.string(),
  fargate: z.strictObject({ x86_64: Compute.optional(), arm64: Compute.optional(), ephemeralGbHour: UsdText.optional() }).optional(),
  glue: z.strictObject({ standardDpuHour: UsdText.optional(), flexDpuHour: UsdText.optional() }).optional(),
});
/** US dollars per unit and hour; what is absent is unknown. */
export type RegionPrices = z.infer<typeof RegionPrices>;

const PriceTable = z.strictObject({
  asOf: z.iso.date(),
  currency: z.literal("USD"),
  note: z.string(),
  regions: z.record(z.string(), RegionPrices),
});

const table = PriceTable.parse(bundled);

/** The day of the bundled list, an ISO date. */
export const pricesAsOf = table.asOf;

/** The bundled list prices of a region, or null when none is known. */
export function pricesOf(region: string): RegionPrices | null {
  return table.regions[region] ?? null;
}
