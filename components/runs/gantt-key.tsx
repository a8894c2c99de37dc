import { Key } from "@/components/ui/key";

type GanttKeyProps = { hasPath: boolean; isPathByTimes: boolean; hasUsual: boolean };

/** What the marks of the chart mean. */
export function GanttKey({ hasPath, isPathByTimes, hasUsual }: GanttKeyProps) {
  return (
    <p className="mt-2 flex flex-wrap items-center gap-x-3.5 gap-y-1 border-t border-line px-3.5 pt-[7px] text-micro text-ink-3 desk:px-4">
      <Key mark="h-px w-3.5 bg-control">waits</Key>
      <Key mark="h-[7px] w-3.5 rounded-cell inset-ring inset-ring-control">pulls its image</Key>
      <Key mark="h-[7px] w-3.5 rounded-cell bg-ok-mark">runs</Key>
      {hasUsual && <Key mark="h-[1.5px] w-3.5 bg-ink-3">usually runs</Key>}
      {hasPath && (
        <Key mark="h-[7px] w-3.5 rounded-cell outline-[1.5px] outline-offset-1 outline-ink">
          made the run this long{isPathByTimes && ", as far as times tell"}
        </Key>
      )}
      <span className="ml-auto max-desk:hidden">Arrows move, Enter opens, + and − zoom</span>
    </p>
  );
}
