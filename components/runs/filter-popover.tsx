"use client";

import type { RefObject } from "react";
import { AnchoredPopover } from "@/components/ui/anchored-popover";
import type { Asked } from "@/lib/run-asked";
import type { Run } from "@/lib/schemas/run";
import FilterMenu from "./filter-menu";

type FilterPopoverProps = {
  button: RefObject<HTMLButtonElement | null>;
  runs: Run[];
  onAsk: (change: Partial<Asked>) => void;
  onClose: () => void;
};

/** The choice of a filter, loaded when it is first asked for. */
export default function FilterPopover({ button, runs, onAsk, onClose }: FilterPopoverProps) {
  return (
    <AnchoredPopover button={button} label="Add a filter" align="start" className="w-[min(380px,calc(100vw-24px))]" onClose={onClose}>
      <FilterMenu runs={runs} onAsk={onAsk} />
    </AnchoredPopover>
  );
}
