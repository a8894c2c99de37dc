"use client";

import { Popover } from "radix-ui";
import type { ReactNode, RefObject } from "react";
import { cn } from "@/lib/cn";

type AnchoredPopoverProps = {
  button: RefObject<HTMLButtonElement | null>;
  label: string;
  align: "start" | "end";
  className: string;
  onClose: () => void;
  children: ReactNode;
};

/** A choice below the button that opened it; a button loads it when it is first asked for. */
export function AnchoredPopover({ button, label, align, className, onClose, children }: AnchoredPopoverProps) {
  return (
    <Popover.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Popover.Anchor virtualRef={button as RefObject<HTMLButtonElement>} />
      <Popover.Portal>
        <Popover.Content
          align={align}
          sideOffset={6}
          className={cn("palette", className)}
          aria-label={label}
          // A press on the button is the button's own, which closes it.
          onInteractOutside={(event) => button.current?.contains(event.target as Node) && event.preventDefault()}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            button.current?.focus();
          }}
        >
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
