import { numberOption, option, print } from "./figures";
import { companyTrial } from "./history/estimates";

/**
 * How often the estimated band holds the actual end, on the sample company's history: each run is looked at once, at a moment within it, with what had
 * happened by then. `--days`, `--ends` (of each pipeline, the newest), `--seed`, `--until`.
 */
const days = numberOption("days", 120);
const ends = numberOption("ends", 120);
const until = new Date(option("until") || Date.now());

const sum = companyTrial({ seed: option("seed") || "1", days, until, ends });
const percent = ({ held, ends: of }: { held: number; ends: number }) => (100 * held) / Math.max(1, of);
const share = percent(sum);
print({
  what: `ends within the band of eight in ten, ${sum.ends.toLocaleString("en")} runs of ${sum.pipelines} pipelines`,
  value: share,
  unit: "%",
  target: { text: "80 ± 5 %", isMet: Math.abs(share - 80) <= 5 },
});
const part = (count: number) => (100 * count) / Math.max(1, sum.ends);
print({ what: "before the band", value: part(sum.before), unit: "%" });
print({ what: "after the band", value: part(sum.after), unit: "%" });
print({ what: "between p50 and p90, where four in ten belong", value: part(sum.lateHalf), unit: "%" });
print({ what: "nothing could be said", value: (100 * sum.silent) / Math.max(1, sum.silent + sum.ends), unit: "% of runs" });
print({ what: "the middle estimate is off by, at the median", value: 100 * sum.missShare, unit: "% of the run" });
print({ what: "the band is as wide as, at the median", value: 100 * sum.widthShare, unit: "% of the run" });
const named = (upTo: number | null, from: number | undefined, unit: string, factor = 1) =>
  upTo === null ? `over ${(from ?? 0) * factor}${unit}` : `up to ${upTo * factor}${unit}`;
const groups = [
  ...sum.byElapsed.map((each, index) => ({
    ...each,
    name: `${named(each.upTo, sum.byElapsed[index - 1]?.upTo ?? 0, " %", 100)} of the usual time gone`,
  })),
  ...sum.byTasks.map((each, index) => ({ ...each, name: `${named(each.upTo, sum.byTasks[index - 1]?.upTo ?? 0, "")} tasks` })),
  ...sum.byType.map((each) => ({ ...each, name: `started: ${each.type}` })),
];
for (const group of groups)
  if (group.ends > 0) print({ what: `${group.name}, ${group.ends.toLocaleString("en")} runs`, value: percent(group), unit: "%" });
