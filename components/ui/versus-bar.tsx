import { cn } from "@/lib/cn";
import { type ToneName, toneClass } from "./state";

/** A duration as a bar against the usual one; the tick is the usual, its wash a quarter to either side. */
export function VersusBar({ ms, usualMs, tone }: { ms: number | null; usualMs: number | null; tone: ToneName }) {
  if (ms === null && usualMs === null) return null;
  const scale = Math.max((usualMs ?? 0) * 1.6, (ms ?? 0) * 1.08, 1);
  const at = (value: number) => `${Math.min(100, (value / scale) * 100)}%`;
  return (
    <span className={cn("versus", toneClass[tone])} aria-hidden="true">
      {usualMs !== null && <i style={{ "--a": at(usualMs * 0.8), "--b": at(usualMs * 0.4) }} />}
      {ms !== null && <u style={{ "--v": at(ms) }} />}
      {usualMs !== null && <s style={{ "--p": at(usualMs) }} />}
    </span>
  );
}
