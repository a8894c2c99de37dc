import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

// Shape carries the state beside word and colour; `--cut` is the ground that shows through a filled shape.
const shapes = {
  ok: (
    <>
      <circle cx="8" cy="8" r="7" fill="currentColor" />
      <path
        d="m4.9 8.2 2.1 2.1 4.1-4.4"
        fill="none"
        stroke="var(--cut, var(--color-surface))"
        strokeWidth="1.7"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </>
  ),
  soon: (
    <>
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M8 4.6V8l2.3 1.5" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" strokeLinejoin="round" />
    </>
  ),
  late: (
    <>
      <path d="M8 1.6 15 14H1z" fill="currentColor" stroke="currentColor" strokeWidth="1.4" strokeLinejoin="round" />
      <path d="M8 6v3.6M8 11.8h.01" stroke="var(--cut, var(--color-surface))" strokeWidth="1.7" strokeLinecap="round" />
    </>
  ),
  fail: (
    <>
      <path d="M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z" fill="currentColor" />
      <path d="m5.6 5.6 4.8 4.8m0-4.8-4.8 4.8" stroke="var(--cut, var(--color-surface))" strokeWidth="1.7" strokeLinecap="round" />
    </>
  ),
  run: (
    <>
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.5" opacity=".32" />
      <path d="M6.5 5.4v5.2L10.6 8z" fill="currentColor" />
    </>
  ),
  queue: (
    <>
      <circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M5 8h.01M8 8h.01M11 8h.01" stroke="currentColor" strokeWidth="1.9" strokeLinecap="round" />
    </>
  ),
  retry: (
    <path
      d="M13.2 8.6A5.3 5.3 0 1 1 11.6 4M13.4 1.8v3.4H10"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  block: (
    <>
      <path
        d="M5.4 1.8h5.2l3.6 3.6v5.2l-3.6 3.6H5.4l-3.6-3.6V5.4z"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinejoin="round"
      />
      <path d="M4.8 8h6.4" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
    </>
  ),
  unknown: (
    <>
      <circle cx="8" cy="8" r="6.4" fill="none" stroke="currentColor" strokeWidth="1.5" strokeDasharray="2.6 2.1" />
      <path
        d="M6.3 6.4A1.75 1.75 0 1 1 8.6 8c-.4.2-.6.4-.6.9M8 11h.01"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
      />
    </>
  ),
  calendar: (
    <>
      <rect x="2" y="3" width="12" height="11" rx="2" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M2 6.4h12M5.2 1.6v2.2m5.6-2.2v2.2M6 10.2h4" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" />
    </>
  ),
  skip: (
    <path
      d="m3.4 4 4 4-4 4m5.2-8 4 4-4 4"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  stop: (
    <>
      <rect x="2" y="2" width="12" height="12" rx="2.5" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <rect x="5.4" y="5.4" width="5.2" height="5.2" rx="1" fill="currentColor" />
    </>
  ),
  partial: (
    <>
      <circle cx="8" cy="8" r="6.3" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M8 1.7a6.3 6.3 0 0 0 0 12.6z" fill="currentColor" />
    </>
  ),
  stale: (
    <path
      d="M2.9 5.4A5.9 5.9 0 1 1 2.2 9M2.4 2.2v3.4h3.4M8 4.8V8l2.2 1.4"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  live: (
    <>
      <circle cx="8" cy="8" r="3.2" fill="currentColor" />
      <circle cx="8" cy="8" r="5.8" fill="none" stroke="currentColor" strokeWidth="1.2" opacity=".45" />
    </>
  ),
  lost: (
    <path
      d="M5.5 10.5 3.6 12.4a2.6 2.6 0 0 1 0-3.7L5 7.3m5.5-1.8 1.9-1.9a2.6 2.6 0 0 1 0 3.7L11 8.7M2 2l12 12"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
    />
  ),
  right: <path d="m6.2 4 4 4-4 4" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />,
  search: (
    <>
      <circle cx="7" cy="7" r="4.6" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="m10.6 10.6 3.2 3.2" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" />
    </>
  ),
  runs: <path d="M3 4h6M5 8h8M4 12h5" fill="none" stroke="currentColor" strokeWidth="2.2" strokeLinecap="round" />,
  down: <path d="m4 6.2 4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />,
  up: <path d="M8 13V3.5M4 7.2l4-4 4 4" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />,
  "arrow-down": (
    <path d="M8 3v9.5M4 8.8l4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" />
  ),
  theme: (
    <>
      <circle cx="8" cy="8" r="5.8" fill="none" stroke="currentColor" strokeWidth="1.5" />
      <path d="M8 2.2a5.8 5.8 0 0 1 0 11.6z" fill="currentColor" />
    </>
  ),
  home: (
    <path
      d="M2.5 10.5h2.6L7 5l2.4 7.4L11 8h2.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  table: (
    <>
      <rect x="2" y="2.8" width="12" height="10.4" rx="1.5" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M2 6.4h12M6.4 6.4v6.8" stroke="currentColor" strokeWidth="1.4" />
    </>
  ),
  close: <path d="m4.5 4.5 7 7m0-7-7 7" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />,
  copy: (
    <>
      <rect x="5.5" y="5.5" width="8" height="8" rx="1.6" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M10.5 2.5h-6a2 2 0 0 0-2 2v6" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinecap="round" />
    </>
  ),
  lock: (
    <>
      <rect x="3.200" y="7" width="9.600" height="6.500" rx="1.500" fill="none" stroke="currentColor" strokeWidth="1.4" />
      <path d="M5.300 7V5.200a2.700 2.700 0 0 1 5.400 0V7" fill="none" stroke="currentColor" strokeWidth="1.4" />
    </>
  ),
  more: <path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke="currentColor" strokeWidth="2.4" strokeLinecap="round" />,
  note: <path d="M2.500 3.500h11v7.500H8l-3 2.600V11H2.500z" fill="none" stroke="currentColor" strokeWidth="1.4" strokeLinejoin="round" />,
  external: (
    <path
      d="M9.5 2.5h4v4M13.200 2.800 7.500 8.500M11.500 9.500v3.500h-8.500v-8.500h3.500"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
} satisfies Record<string, ReactNode>;

export type GlyphName = keyof typeof shapes;

/** A shape of the vocabulary; the word beside it carries the meaning for assistive technology. */
export function Glyph({ name, size = 14, className }: { name: GlyphName; size?: number; className?: string }) {
  const drawn = (inner: ReactNode, ownClass?: string) => (
    <svg width={size} height={size} viewBox="0 0 16 16" aria-hidden="true" className={ownClass}>
      {inner}
    </svg>
  );
  if (name !== "run") return drawn(shapes[name], className);
  return (
    <span className={cn("turning block", className)} style={{ width: size, height: size }} aria-hidden="true">
      {drawn(shapes.run)}
      {drawn(<path d="M8 1.8A6.2 6.2 0 0 1 14.2 8" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />)}
    </span>
  );
}

export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" fill="none" aria-hidden="true" className="text-flow">
      <path d="M12 .9v4.4M8.6.9h6.8" stroke="currentColor" strokeWidth="1.9" strokeLinecap="round" />
      <circle cx="12" cy="14" r="8.1" stroke="currentColor" strokeWidth="1.9" />
      <path d="M5.1 14.9a7 7 0 0 1 13.8 0z" fill="currentColor" />
      <path d="M7.6 18.1c1.5-1 2.9-1 4.4 0s2.9 1 4.4 0" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" />
    </svg>
  );
}
