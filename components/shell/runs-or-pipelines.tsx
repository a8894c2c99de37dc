"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import { paths } from "@/lib/paths";

export function RunsOrPipelines() {
  const path = usePathname();
  return (
    <nav aria-label="Runs or pipelines" className="seg">
      <Link href={paths.runs} aria-current={path === paths.runs ? "page" : undefined}>
        Runs
      </Link>
      <Link href={paths.pipelines} aria-current={path === paths.pipelines ? "page" : undefined}>
        Pipelines
      </Link>
    </nav>
  );
}
