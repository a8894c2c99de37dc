"use client";

import { createContext, type ReactNode, use, useCallback, useSyncExternalStore } from "react";

const NowContext = createContext(0);

/** Gives the first render of the browser the same "now" as the server's, so that relative times hydrate without a difference. */
export function NowProvider({ at, children }: { at: number; children: ReactNode }) {
  return <NowContext value={at}>{children}</NowContext>;
}

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    if (!document.hidden) for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** Milliseconds since the epoch, floored to `stepMs`: a component renders again only when its step is over. */
export function useNow(stepMs = 10_000): number {
  const first = use(NowContext);
  const snapshot = useCallback(() => Math.floor(Date.now() / stepMs) * stepMs, [stepMs]);
  return useSyncExternalStore(subscribe, snapshot, () => Math.floor((first || Date.now()) / stepMs) * stepMs);
}
