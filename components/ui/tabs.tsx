"use client";

import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Tabs } from "radix-ui";
import { type ComponentType, memo, type ReactNode, startTransition, useEffect, useEffectEvent, useState } from "react";
import { afterFrame, useWaiting } from "./use-painted";

export type Part<Id extends string, Props> = {
  id: Id;
  name: string;
  /** Also what the server draws where it is open from the start. */
  Content: ComponentType<Props>;
  /** Brings its code, for when it is opened or the pointer or the focus is on its name: the same component, which then has not to be waited for. */
  load?: () => Promise<ComponentType<Props>>;
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

/** By what loads them: a component that is another each time would be another part. */
const brought = new WeakMap<() => unknown, ComponentType<never>>();

/** Without a Suspense boundary, which React holds back until 300 ms after it began to wait. */
async function bring<Id extends string, Props extends object>({ load, Content }: Part<Id, Props>): Promise<ComponentType<Props>> {
  if (!load) return Content;
  const whole = await load();
  const found = brought.get(load) ?? (memo(whole) as ComponentType<never>);
  brought.set(load, found);
  return found as ComponentType<Props>;
}

/** Parts of a page, one at a time. The name that was pressed is marked in the next frame; what it opens stands there once it can be drawn whole. */
export function Parts<Id extends string, Props extends object>(props: PartsProps<Id, Props>) {
  const { label, parts, open, onOpen, onNear, content, contentClass, children } = props;
  const [pressed, press] = usePressed(open, onOpen);
  const [drawn, draw] = useState(() => ({ id: open, Content: parts.find(({ id }) => id === open)?.Content }));
  const waiting = useWaiting(pressed !== drawn.id);
  const asked = parts.find(({ id }) => id === pressed);
  useEffect(() => {
    if (!asked || asked.id === drawn.id) return;
    let isOver = false;
    const cancel = afterFrame(async () => {
      // What cannot be brought says so where it is drawn.
      const Content = await bring(asked).catch(() => asked.Content);
      if (!isOver) startTransition(() => draw({ id: asked.id, Content }));
    });
    return () => {
      isOver = true;
      cancel();
    };
  }, [asked, drawn.id]);
  const part = parts.find(({ id }) => id === drawn.id);
  if (!part || !drawn.Content) return null;
  return (
    <Tabs.Root value={pressed} onValueChange={(id) => press(id as Id)}>
      {children(
        part,
        <Names label={label} parts={parts} onNear={onNear} />,
        <Tabs.Content key={part.id} value={part.id} forceMount {...waiting} className={contentClass}>
          <drawn.Content {...content} />
        </Tabs.Content>,
      )}
    </Tabs.Root>
  );
}

/** Which name was pressed, at once; whoever knows what is open is told a frame later, for more than the row of names may be drawn for it. */
function usePressed<Id extends string>(open: Id, onOpen: (id: Id) => void): [Id, (id: Id) => void] {
  const [pressed, press] = useState<Id>();
  const tell = useEffectEvent(onOpen);
  useEffect(() => {
    if (pressed === undefined) return;
    return afterFrame(() => {
      press(undefined);
      tell(pressed);
    });
  }, [pressed]);
  return [pressed ?? open, press];
}

type NamesProps<Id extends string, Props> = { label: string; parts: Part<Id, Props>[]; onNear: ((id: Id) => void) | undefined };

/** In a row that scrolls by itself on a phone; arrow keys go from one to the next. */
function Names<Id extends string, Props>({ label, parts, onNear }: NamesProps<Id, Props>) {
  const near = ({ id, load }: Part<Id, Props>) =>
    afterFrame(() => {
      void load?.().catch(() => undefined);
      onNear?.(id);
    });
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
