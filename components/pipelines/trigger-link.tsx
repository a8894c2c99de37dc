"use client";

import Link from "next/link";
import { paths } from "@/lib/paths";
import { isAllowed } from "@/lib/permissions";
import { isSample } from "@/lib/schemas/sample";
import { useUser } from "@/lib/session";
import { useShownEnvironment } from "@/lib/shown-environment";

/** The way to start a run, for those who may. */
export function TriggerLink() {
  const user = useUser();
  const shown = useShownEnvironment();
  if (!isAllowed(user.role, "run:trigger") || isSample(shown)) return null;
  return (
    <Link href={paths.pipelines} className="btn first" prefetch={false}>
      Trigger a run…
    </Link>
  );
}
