"use client";

import Link from "next/link";
import { paths } from "@/lib/paths";
import { isAllowed } from "@/lib/permissions";
import { useUser } from "@/lib/session";

/** The way to start a run, for those who may. */
export function TriggerLink() {
  const user = useUser();
  if (!isAllowed(user.role, "run:trigger")) return null;
  return (
    <Link href={paths.pipelines} className="btn first" prefetch={false}>
      Trigger a run…
    </Link>
  );
}
