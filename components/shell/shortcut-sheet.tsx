"use client";

import { Fragment } from "react";
import { Glyph } from "@/components/ui/glyph";
import { shortcuts } from "@/lib/shortcuts";
import { switchSingleKeys, useSingleKeys } from "@/lib/use-shortcut";
import { OverPage } from "./over-page";

const groups = [...new Set(shortcuts.map(({ group }) => group))];

/** Every key that does something, and the switch for those that are pressed alone. */
export function ShortcutSheet({ onClose }: { onClose: () => void }) {
  const areOn = useSingleKeys();
  return (
    <OverPage
      label="Keys"
      className="fixed top-[10vh] left-1/2 max-h-[80vh] w-[min(460px,calc(100vw-24px))] -translate-x-1/2 overflow-y-auto!"
      onClose={onClose}
    >
      <div className="flex items-center justify-between border-b border-line py-2 pr-2 pl-4">
        <h2 className="text-lead font-strong">Keys</h2>
        <button type="button" className="icon" aria-label="Close" onClick={onClose}>
          <Glyph name="close" size={13} />
        </button>
      </div>
      <label className="flex min-h-10 items-center gap-2.5 border-b border-line px-4 py-2">
        <input type="checkbox" checked={areOn} onChange={(event) => switchSingleKeys(event.target.checked)} className="size-4" />
        <span>
          Keys that are pressed alone
          <span className="two">Off, only those with Ctrl or ⌘ do something. This browser remembers it.</span>
        </span>
      </label>
      {groups.map((group) => (
        <section key={group} aria-label={group} className="px-4 pt-2.5 pb-3">
          <h3 className="mb-1 text-micro text-ink-3">{group}</h3>
          <dl className="grid grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1.5">
            {shortcuts
              .filter((shortcut) => shortcut.group === group)
              .map(({ id, says, shown, isSingle }) => (
                <Fragment key={id}>
                  <dt className={isSingle && !areOn ? "text-ink-3 line-through" : undefined}>{says}</dt>
                  <dd className="flex gap-1">
                    {shown.map((key) => (
                      <kbd key={key}>{key}</kbd>
                    ))}
                  </dd>
                </Fragment>
              ))}
          </dl>
        </section>
      ))}
    </OverPage>
  );
}
