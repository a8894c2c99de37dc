import Link from "next/link";
import type { ReactNode } from "react";
import { Glyph } from "./glyph";

/** The one next step beside a cause. */
export function NextStep({ href, children }: { href: string; children: ReactNode }) {
  return (
    <Link href={href} prefetch={false} className="go">
      {children} <Glyph name="right" size={12} />
    </Link>
  );
}
