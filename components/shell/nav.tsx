"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { Glyph, type GlyphName } from "@/components/ui/glyph";
import { cn } from "@/lib/cn";
import { listOf, paths } from "@/lib/paths";
import { useShownEnvironment } from "@/lib/shown-environment";

const places: { name: string; href: string; under: string[]; glyph: GlyphName }[] = [
  { name: "Status", href: paths.status, under: [], glyph: "home" },
  { name: "Tables", href: paths.tables, under: [paths.tables], glyph: "table" },
  { name: "Runs", href: paths.runs, under: [paths.runs, paths.pipelines], glyph: "runs" },
  { name: "Activity", href: paths.activity, under: [paths.activity], glyph: "note" },
];

function usePlace() {
  const path = usePathname();
  return (place: (typeof places)[number]) =>
    path === place.href || place.under.some((under) => path === under || path.startsWith(`${under}/`)) ? "page" : undefined;
}

export function MainNav() {
  const current = usePlace();
  const shown = useShownEnvironment();
  return (
    <nav aria-label="Main" className="ml-1 hidden h-full gap-0.5 desk:flex">
      {places.map((place) => (
        <Link
          key={place.name}
          href={listOf(place.href, shown)}
          aria-current={current(place)}
          className={cn(
            "relative flex items-center px-2.5 text-ink-2 hover:text-ink hover:no-underline",
            "aria-[current]:font-strong aria-[current]:text-ink",
            "aria-[current]:after:absolute aria-[current]:after:inset-x-2.5 aria-[current]:after:-bottom-px aria-[current]:after:h-0.5 aria-[current]:after:rounded-[1px] aria-[current]:after:bg-flow",
          )}
        >
          {place.name}
        </Link>
      ))}
    </nav>
  );
}

export function PhoneNav() {
  const current = usePlace();
  const shown = useShownEnvironment();
  return (
    <nav
      aria-label="Main, phone"
      className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-4 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] desk:hidden"
    >
      {places.map((place) => (
        <Link
          key={place.name}
          href={listOf(place.href, shown)}
          aria-current={current(place)}
          className="grid justify-items-center gap-0.5 pt-2 pb-[7px] text-micro/3.5 text-ink-2 hover:no-underline aria-[current]:font-[600] aria-[current]:text-flow"
        >
          <Glyph name={place.glyph} size={18} />
          {place.name}
        </Link>
      ))}
    </nav>
  );
}
