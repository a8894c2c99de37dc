"use client";

import { useRouter } from "next/navigation";
import { useEffect, useSyncExternalStore } from "react";
import type { ShortcutId } from "./shortcuts";

const handlers = new Map<string, (() => void)[]>();

/** What a key does on the page that is shown: of several the newest. */
export const actionOf = (id: string): (() => void) | undefined => handlers.get(id)?.at(-1);

/** Gives a key its meaning while the component is on screen: an address to go to, or something to do; null takes it away. */
export function useShortcut(id: ShortcutId, action: string | (() => void) | null) {
  const router = useRouter();
  useEffect(() => {
    if (action === null) return;
    const run = typeof action === "string" ? () => router.push(action) : action;
    handlers.set(id, [...(handlers.get(id) ?? []), run]);
    return () => {
      handlers.set(
        id,
        (handlers.get(id) ?? []).filter((each) => each !== run),
      );
    };
  }, [id, action, router]);
}

const key = "single-key-shortcuts";
const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** Kept in this browser; one that keeps nothing has them on. */
export function areSingleKeysOn(): boolean {
  try {
    return localStorage.getItem(key) !== "off";
  } catch {
    return true;
  }
}

export function switchSingleKeys(isOn: boolean) {
  try {
    if (isOn) localStorage.removeItem(key);
    else localStorage.setItem(key, "off");
  } catch {
    // A browser that keeps nothing cannot keep this either.
  }
  for (const listener of listeners) listener();
}

export const useSingleKeys = (): boolean => useSyncExternalStore(subscribe, areSingleKeysOn, () => true);
