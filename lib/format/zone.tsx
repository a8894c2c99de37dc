"use client";

import { useSearchParams } from "next/navigation";
import { createContext, type ReactNode, use, useCallback, useEffect, useMemo, useState } from "react";
import { isZone } from "./time";

export const zoneCookie = "zone";

type ZoneChoice = { zone: string; browserZone: string | null; choose: (zone: string | null) => void };

const ZoneContext = createContext<ZoneChoice>({ zone: "UTC", browserZone: null, choose: () => {} });

// A browser without the Cookie Store API keeps the choice in local storage alone: its first paint is then in UTC.
function tellServer(zone: string) {
  if (!("cookieStore" in window)) return;
  const expires = Date.now() + 365 * 86_400_000;
  window.cookieStore.set({ name: zoneCookie, value: encodeURIComponent(zone), expires, path: "/", sameSite: "lax" }).catch(() => undefined);
}

/**
 * All times on screen are in one zone: `?zone=` of the link, else what the reader chose, else the browser's. The server renders in the
 * zone of the cookie, so the first visit alone is rendered in UTC and settles right after hydration.
 */
export function ZoneProvider({ initial, children }: { initial: string | null; children: ReactNode }) {
  const asked = useSearchParams().get("zone");
  const [settled, setSettled] = useState(initial);
  const [browserZone, setBrowserZone] = useState<string | null>(null);

  useEffect(() => {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    setBrowserZone(own);
    const chosen = localStorage.getItem(zoneCookie);
    const zone = isZone(chosen) ? chosen : own;
    setSettled(zone);
    tellServer(zone);
  }, []);

  const choose = useCallback((zone: string | null) => {
    if (zone) localStorage.setItem(zoneCookie, zone);
    else localStorage.removeItem(zoneCookie);
    const next = zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
    setSettled(next);
    tellServer(next);
  }, []);

  const zone = isZone(asked) ? asked : isZone(settled) ? settled : "UTC";
  return <ZoneContext value={useMemo(() => ({ zone, browserZone, choose }), [zone, browserZone, choose])}>{children}</ZoneContext>;
}

export const useZone = () => use(ZoneContext).zone;
export const useZoneChoice = () => use(ZoneContext);
