"use client";

import Link from "next/link";
import { useZoneChoice } from "@/lib/format/zone";
import { listOf, paths } from "@/lib/paths";
import { isAllowed } from "@/lib/permissions";
import { signOut } from "@/lib/queries/sign-in";
import { useUser } from "@/lib/session";
import { useShownEnvironment } from "@/lib/shown-environment";
import { EnvironmentField } from "./environment-choice";
import { initials } from "./initials";
import { ThemeChoice } from "./theme-switch";

export function AccountMenu() {
  const user = useUser();
  const shown = useShownEnvironment();
  return (
    <>
      <button
        type="button"
        popoverTarget="account"
        className="grid size-[26px] place-items-center rounded-full bg-ink text-[10.5px] font-[600] text-on-ink"
      >
        <span aria-hidden="true">{initials(user.name)}</span>
        <span className="sr-only">Account of {user.name}</span>
      </button>
      <div
        id="account"
        popover="auto"
        className="inset-auto top-[50px] right-4 m-0 w-64 rounded-panel bg-raised p-0 text-ink shadow-float desk:top-[54px] desk:right-7"
      >
        <div className="border-b border-line px-4 py-3">
          <p className="text-lead font-strong">{user.name}</p>
          <p className="text-small text-ink-2">Signed in as {user.role}</p>
        </div>
        <div className="grid gap-3 px-4 py-3">
          <EnvironmentField />
          <ThemeChoice />
          <ZoneChoice />
        </div>
        <div className="flex justify-between gap-2 border-t border-line px-4 py-2.5">
          <Link href={listOf(paths.activity, shown)} prefetch={false} className="btn bare -ml-2">
            Activity
          </Link>
          {isAllowed(user.role, "doctor:run") && (
            <Link href={paths.admin} prefetch={false} className="btn bare">
              Admin
            </Link>
          )}
          <button type="button" className="btn" onClick={() => void signOut()}>
            Sign out
          </button>
        </div>
      </div>
    </>
  );
}

function ZoneChoice() {
  const { zone, browserZone, choose } = useZoneChoice();
  const zones = [...new Set([browserZone, "UTC", zone].filter((each) => each !== null))];
  return (
    <label className="grid gap-1">
      <span className="text-micro text-ink-3">Times are in</span>
      <select className="inp" value={zone} onChange={(event) => choose(event.target.value === browserZone ? null : event.target.value)}>
        {zones.map((each) => (
          <option key={each} value={each} className="bg-raised text-ink">
            {each}
            {each === browserZone ? ", as this browser" : ""}
          </option>
        ))}
      </select>
    </label>
  );
}
