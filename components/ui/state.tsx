import { cn } from "@/lib/cn";
import { Glyph, type GlyphName } from "./glyph";

export type ToneName = "ok" | "run" | "late" | "fail" | "mute";

/** Sets ink, mark and wash for what is inside. */
export const toneClass: Record<ToneName, string> = {
  ok: "tone-ok",
  run: "tone-run",
  late: "tone-late",
  fail: "tone-fail",
  mute: "tone-mute",
};

export type StateProps = { tone: ToneName; glyph: GlyphName; word: string; size?: number; isWordHidden?: boolean; className?: string };

/** Shape, word and colour. A good or neutral state keeps its word in grey: colour is spent on what needs a person. */
export function State({ tone, glyph, word, size = 14, isWordHidden = false, className }: StateProps) {
  const isQuiet = tone === "ok" || tone === "mute";
  return (
    <span className={cn("st", toneClass[tone], isQuiet && "plain", className)}>
      <Glyph name={glyph} size={size} />
      <span className={isWordHidden ? "sr-only" : undefined}>{word}</span>
    </span>
  );
}
