import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import { sentences } from "@/lib/format/sentence";
import { Glyph, type GlyphName } from "./glyph";
import { type ToneName, toneClass } from "./state";

const ground: Record<ToneName, string> = {
  ok: "bg-ok-wash",
  run: "bg-run-wash",
  late: "bg-late-wash",
  fail: "bg-fail-wash",
  mute: "bg-mute-wash",
};

/** One line above the content, said politely to a screen reader. */
export function Notice({
  tone = "late",
  glyph = "stale",
  children,
  className,
}: {
  tone?: ToneName;
  glyph?: GlyphName;
  children: ReactNode;
  className?: string;
}) {
  return (
    <p
      role="status"
      className={cn(
        "mb-3 flex items-start gap-2 rounded-control px-3 py-[7px] text-small text-ink",
        toneClass[tone],
        ground[tone],
        className,
      )}
    >
      <Glyph name={glyph} className="mt-0.5 text-(--c)" />
      <span className="min-w-0 [overflow-wrap:anywhere]">{children}</span>
    </p>
  );
}

/** Why there is nothing here, and what comes next. */
export function Empty({ title, children }: { title: ReactNode; children?: ReactNode }) {
  return (
    <div className="px-3.5 pt-1 pb-4 desk:px-4">
      <p className="font-strong">{title}</p>
      {children && <div className="mt-0.5 max-w-[68ch] text-ink-2">{children}</div>}
    </div>
  );
}

type Problem = { detail: string; system?: string | undefined; remedy?: string | undefined };

/** In the place of what could not be read: why, and what comes next. `what` begins a sentence. */
export function Unreadable({ what, problem }: { what: string; problem: Problem }) {
  return <Empty title={`${what} cannot be read now.`}>{sentences(problem.detail, problem.remedy ?? "It is tried again by itself")}</Empty>;
}

const ghostWidths = [86, 62, 74, 92, 58, 83, 66, 78, 95, 54];

/** The layout of what is still to come. */
export function Ghosts({ rows, label, className }: { rows: number; label: string; className?: string }) {
  return (
    <div role="status" className={cn("grid gap-3.5 px-3.5 pt-2 pb-4 desk:px-4", className)}>
      <span className="sr-only">{label}</span>
      {ghostWidths.slice(0, rows).map((width) => (
        <span key={width} className="ghost h-2.5" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
