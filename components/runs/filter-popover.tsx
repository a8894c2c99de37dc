"use client";

import { Popover } from "radix-ui";
import type { RefObject } from "react";
import type { Asked } from "@/lib/run-asked";
import type { Run } from "@/lib/schemas/run";
import FilterMenu from "./filter-menu";

type FilterPopoverProps = {
  button: RefObject<HTMLButtonElement | null>;
  runs: Run[];
  onAsk: (change: Partial<Asked>) => void;
  onClose: () => void;
};

/** The choice of a filter below the button that opened it, loaded when it is first asked for. */
export default function FilterPopover({ button, runs, onAsk, onClose }: FilterPopoverProps) {
  return (
    <Popover.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Popover.Anchor virtualRef={button as RefObject<HTMLButtonElement>} />
      <Popover.Portal>
        <Popover.Content
          align="start"
          sideOffset={6}
          className="palette w-[min(380px,calc(100vw-24px))]"
          aria-label="Add a filter"
          // A press on the button is the button's own, which closes it.
          onInteractOutside={(event) => button.current?.contains(event.target as Node) && event.preventDefault()}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            button.current?.focus();
          }}
        >
          <FilterMenu runs={runs} onAsk={onAsk} />
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
