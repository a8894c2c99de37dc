"use client";

import Link from "next/link";
import { Glyph, Mark } from "@/components/ui/glyph";
import { cn } from "@/lib/cn";
import { useNow } from "@/lib/format/now";
import { moment } from "@/lib/format/time";
import { useZone } from "@/lib/format/zone";
import { listOf, paths } from "@/lib/paths";
import { brokenBy, useConnection, useLive, useStream } from "@/lib/queries/live";
import { sourceQueries } from "@/lib/queries/status";
import { isSample } from "@/lib/schemas/sample";
import { useShownEnvironment } from "@/lib/shown-environment";
import { AccountMenu } from "./account-menu";
import { EnvironmentChoice } from "./environment-choice";
import { MainNav } from "./nav";
import { Search } from "./search";
import { ThemeButton } from "./theme-switch";

export function TopBar() {
  useStream();
  const zone = useZone();
  const shown = useShownEnvironment();
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2.5 border-b border-line bg-canvas px-4 desk:h-13 desk:gap-5 desk:px-7">
      <Link
        href={listOf(paths.status, shown)}
        className="flex items-center gap-[9px] text-[15px] font-[600] tracking-[-.012em] hover:text-ink hover:no-underline"
      >
        <Mark />
        Penstock
      </Link>
      <EnvironmentChoice />
      <MainNav />
      <span className="flex-1" />
      <Search />
      <span className="hidden text-small whitespace-nowrap text-ink-3 wide:inline" title="All times on this page are in this zone">
        {zone}
      </span>
      <WholeAge />
      <span className="hidden desk:inline-flex">
        <ThemeButton />
      </span>
      <AccountMenu />
    </header>
  );
}

/** The state of everything Penstock reads, in one line; leads to the sources. */
function WholeAge() {
  const zone = useZone();
  const now = useNow(60_000);
  const shown = useShownEnvironment();
  const query = useLive(sourceQueries.list(isSample(shown) ? shown : undefined));
  const connection = useConnection();
  const broken = brokenBy(query);
  const behind = query.data?.items.filter((source) => source.state !== "ok") ?? [];
  const at = query.data ? moment(query.data.asOf, now, zone, true) : "";
  const isLost = broken !== null;
  const tone = isLost ? "text-fail-ink" : behind.length > 0 ? "text-late-ink" : "text-ink-3";
  const said = isLost
    ? `${broken.system ?? "Penstock"} away`
    : behind.length > 0
      ? `${behind.length} ${behind.length === 1 ? "source" : "sources"} behind`
      : "";
  const isCrowded = behind.length > 9;
  if (connection === "signed_out") return <SignedOut />;
  if (!query.data && !isLost) return null;
  return (
    <Link
      href={isSample(shown) ? `${listOf(paths.status, shown)}#sources` : paths.sources}
      prefetch={false}
      className={cn("flex items-center gap-[5px] text-small whitespace-nowrap", tone)}
    >
      <Glyph
        name={isLost ? "lost" : behind.length > 0 ? "stale" : "live"}
        size={12}
        className={tone === "text-ink-3" ? "text-ok-mark" : ""}
      />
      <span className="sr-only">Sources: {connection === "live" ? "pushed live, " : ""}as of </span>
      <span className={isCrowded ? "max-desk:sr-only" : undefined}>
        {at}
        {said && " · "}
      </span>
      {said}
    </Link>
  );
}

/** Nothing on the page is renewed any more; what is there stays, so that nothing half-written is lost. */
function SignedOut() {
  const here = typeof window === "undefined" ? paths.status : window.location.pathname + window.location.search;
  return (
    <span role="status" className="flex items-center gap-[5px] text-small whitespace-nowrap text-late-ink">
      <Glyph name="lost" size={12} />
      Your sign-in has ended. <a href={`${paths.login}?callbackUrl=${encodeURIComponent(here)}`}>Sign in again</a>
    </span>
  );
}
