import Link from "next/link";
import { State, toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { tableOrder, tableSaid } from "@/lib/format/states";
import { listOf, paths } from "@/lib/paths";
import type { TableState } from "@/lib/schemas/table";

type Counts = Partial<Record<TableState, number>>;

const bestFirst: TableState[] = ["on_time", "not_expected", "due_soon", "late", "failed", "unknown"];
const mark: Partial<Record<TableState, string>> = { due_soon: "soon", unknown: "unsure", not_expected: "unsure" };

/** One unit is one table; where it is not filled, the water stops. */
export function WaterBar({ counts }: { counts: Counts }) {
  const units = bestFirst.flatMap((state) => Array.from({ length: counts[state] ?? 0 }, (_, nth) => ({ state, key: `${state} ${nth}` })));
  return (
    <div className="units mt-3.5 mb-2.5 desk:mt-[18px]" aria-hidden="true">
      {units.map(({ state, key }) => (
        <i key={key} className={cn(toneClass[tableSaid[state].tone], mark[state])} />
      ))}
    </div>
  );
}

/** How many tables are in each state; each count leads to those tables. */
export function StateCounts({ counts, environment }: { counts: Counts; environment?: string | undefined }) {
  const shown = [...tableOrder].reverse().filter((state) => (counts[state] ?? 0) > 0 || state === "on_time");
  const ordered = bestFirst.filter((state) => shown.includes(state));
  return (
    <nav
      aria-label="Tables by state"
      className="on-canvas mb-4 flex flex-wrap justify-between gap-x-6 gap-y-2 desk:mb-5 desk:justify-start desk:gap-x-[34px]"
    >
      {ordered.map((state) => (
        <Link
          key={state}
          href={listOf(`${paths.tables}?state=${state}`, environment)}
          prefetch={false}
          className="group grid hover:text-ink hover:no-underline desk:flex desk:items-center"
        >
          <span className="mr-[7px] text-figure font-[500] tracking-[-.02em]">{counts[state] ?? 0}</span>
          <State
            {...tableSaid[state]}
            className="max-desk:gap-1 max-desk:text-small group-hover:[&>span]:underline group-hover:[&>span]:underline-offset-3"
          />
        </Link>
      ))}
    </nav>
  );
}
