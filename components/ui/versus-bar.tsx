import { cn } from "@/lib/cn";
import { type ToneName, toneClass } from "./state";

type VersusBarProps = { ms: number | null; usual: { p50Ms: number; p90Ms?: number } | null; tone: ToneName };

/**
 * A duration as a bar against the usual one: the tick is the median, the wash reaches from there to what nine of ten stay under. Both figures stand
 * beside it; it adds how they compare.
 */
export function VersusBar({ ms, usual, tone }: VersusBarProps) {
  if (ms === null && usual === null) return null;
  const usualMs = usual?.p50Ms ?? 0;
  const slowMs = usual?.p90Ms ?? usualMs;
  const scale = Math.max(usualMs * 1.6, slowMs * 1.08, (ms ?? 0) * 1.08, 1);
  const at = (value: number) => `${Math.min(100, (value / scale) * 100)}%`;
  const compared = usual !== null && ms !== null && `${ms > slowMs ? "longer than" : ms < usualMs ? "shorter than" : "as long as"} usual`;
  return (
    <span className={cn("versus", toneClass[tone])} {...(compared ? { role: "img", "aria-label": compared } : { "aria-hidden": true })}>
      {slowMs > usualMs && <i style={{ "--a": at(usualMs), "--b": at(slowMs - usualMs) }} />}
      {ms !== null && <u style={{ "--v": at(ms) }} />}
      {usual !== null && <s style={{ "--p": at(usualMs) }} />}
    </span>
  );
}
