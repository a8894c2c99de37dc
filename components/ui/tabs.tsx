"use client";

import { Tabs } from "radix-ui";

/** The names of the tabs of one Tabs.Root, in a row that scrolls by itself on a phone; arrow keys go from one to the next. */
export function TabNames({ label, tabs }: { label: string; tabs: { id: string; name: string }[] }) {
  return (
    <div className="scrollbar-none max-w-full overflow-x-auto rounded-[7px]">
      <Tabs.List aria-label={label} className="seg">
        {tabs.map(({ id, name }) => (
          <Tabs.Trigger key={id} value={id} className="-outline-offset-2!">
            {name}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
    </div>
  );
}
