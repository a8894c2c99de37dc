"use client";

import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Tabs } from "radix-ui";
import type { ComponentType, ReactNode } from "react";
import { usePainted, useWaiting } from "./use-painted";

export type Part<Id extends string, Props> = {
  id: Id;
  name: string;
  Content: ComponentType<Props>;
  /** Brings its code, for when the pointer or the focus is on its name. */
  load?: () => Promise<unknown>;
};

/** Which of the parts is open, as the address says it; the first is open where it says none. */
export function useOpenPart<const Ids extends readonly string[]>(ids: Ids): [Ids[number], (id: string) => void] {
  const [asked, ask] = useQueryState("tab", parseAsStringLiteral(ids).withOptions({ scroll: false }));
  return [asked ?? (ids[0] as Ids[number]), (id) => void ask(id === ids[0] ? null : (id as Ids[number]))];
}

type PartsProps<Id extends string, Props extends object> = {
  label: string;
  parts: Part<Id, Props>[];
  open: Id;
  onOpen: (id: Id) => void;
  /** A part may soon be opened: what it reads can be asked for. */
  onNear?: (id: Id) => void;
  /** Handed to the part that is open. */
  content: Props;
  contentClass: string;
  children: (part: Part<Id, Props>, names: ReactNode, content: ReactNode) => ReactNode;
};

/** Parts of a page, one at a time. The name that was pressed is marked in the next frame; what it opens stands there once it can be drawn whole. */
export function Parts<Id extends string, Props extends object>(props: PartsProps<Id, Props>) {
  const { label, parts, open, onOpen, onNear, content, contentClass, children } = props;
  const drawn = usePainted(open);
  const waiting = useWaiting(open !== drawn);
  const part = parts.find(({ id }) => id === drawn);
  if (!part) return null;
  return (
    <Tabs.Root value={open} onValueChange={(id) => onOpen(id as Id)}>
      {children(
        part,
        <Names label={label} parts={parts} onNear={onNear} />,
        <Tabs.Content key={part.id} value={part.id} forceMount {...waiting} className={contentClass}>
          <part.Content {...content} />
        </Tabs.Content>,
      )}
    </Tabs.Root>
  );
}

type NamesProps<Id extends string, Props> = { label: string; parts: Part<Id, Props>[]; onNear: ((id: Id) => void) | undefined };

/** In a row that scrolls by itself on a phone; arrow keys go from one to the next. */
function Names<Id extends string, Props>({ label, parts, onNear }: NamesProps<Id, Props>) {
  const near = ({ id, load }: Part<Id, Props>) => {
    void load?.();
    onNear?.(id);
  };
  return (
    <div className="scrollbar-none max-w-full overflow-x-auto rounded-[7px]">
      <Tabs.List aria-label={label} className="seg">
        {parts.map((part) => (
          <Tabs.Trigger
            key={part.id}
            value={part.id}
            className="-outline-offset-2!"
            onPointerEnter={() => near(part)}
            onFocus={() => near(part)}
          >
            {part.name}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
    </div>
  );
}
