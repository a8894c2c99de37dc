"use client";

import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { Glyph } from "@/components/ui/glyph";
import { DataThrough } from "@/components/ui/time";
import { paths } from "@/lib/paths";
import { sourceQueries } from "@/lib/queries/status";
import { isSample } from "@/lib/schemas/sample";
import { useShownEnvironment } from "@/lib/shown-environment";

/** Stands over every page of the sample, so that nobody takes it for their own. */
export function SampleBanner() {
  const shown = useShownEnvironment();
  const { data } = useQuery(sourceQueries.list());
  const since = data?.environments.find((environment) => environment.isSample)?.since;
  const hasOwn = data?.environments.some((environment) => !environment.isSample) ?? true;
  if (!isSample(shown) && hasOwn) return null;
  return (
    <aside aria-label="Sample data" className="border-b border-line bg-run-wash">
      <p className="mx-auto flex max-w-[1440px] flex-wrap items-center gap-x-2 gap-y-0.5 px-4 py-[7px] text-small text-ink desk:px-7">
        <Glyph name="note" size={13} className="text-run-ink" />
        <b>Sample data</b>
        <span className="text-ink-2">
          A simulated company
          {since && (
            <span className="max-desk:sr-only">
              {" "}
              with its history since <DataThrough value={since} />
            </span>
          )}
          : nothing runs here.
        </span>
        {hasOwn ? (
          <Link href={paths.status} prefetch={false} className="desk:ml-auto">
            Back to your own
          </Link>
        ) : (
          <span className="text-ink-2 desk:ml-auto">Name your own under `environments:` in penstock.yaml.</span>
        )}
      </p>
    </aside>
  );
}
