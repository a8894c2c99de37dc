"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { fromSegment, paths } from "./paths";

const placesOfThings = [paths.tables, paths.runs, paths.pipelines];

/** The environment that the page is of, by its address; undefined on a page of all real ones. */
export function useShownEnvironment(): string | undefined {
  const path = usePathname();
  const asked = useSearchParams().get("environment");
  const place = placesOfThings.find((each) => path.startsWith(`${each}/`));
  const own = place && path.slice(place.length + 1).split("/")[0];
  return own ? fromSegment(own) : (asked ?? undefined);
}
