"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { listOf, paths } from "@/lib/paths";
import { useShownEnvironment } from "@/lib/shown-environment";

export function RunsOrPipelines() {
  const path = usePathname();
  const shown = useShownEnvironment();
  return (
    <nav aria-label="Runs or pipelines" className="seg">
      <Link href={listOf(paths.runs, shown)} aria-current={path === paths.runs ? "page" : undefined}>
        Runs
      </Link>
      <Link href={listOf(paths.pipelines, shown)} aria-current={path === paths.pipelines ? "page" : undefined}>
        Pipelines
      </Link>
    </nav>
  );
}
