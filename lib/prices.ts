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

/** A list of prices, whose they are and of which day. */
export interface PriceList {
  region: string;
  /** An ISO date. */
  asOf: string;
  prices: RegionPrices | null;
}

/** The list that is in force at an instant; null: before anything was metered. */
export type PriceBook = (at: number | null) => PriceList;

/** The list for what began to be metered at an instant: of a region's bundled prices there is one. */
export function priceListOf(book: string | PriceBook, at: number | null): PriceList {
  return typeof book === "string" ? { region: book, asOf: pricesAsOf, prices: pricesOf(book) } : book(at);
}

/** The bundled list prices of a region, or null when none is known. */
export function pricesOf(region: string): RegionPrices | null {
  return table.regions[region] ?? null;
}
