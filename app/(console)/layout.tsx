import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { PhoneNav } from "@/components/shell/nav";
import { SampleBanner } from "@/components/shell/sample-banner";
import { TopBar } from "@/components/shell/top-bar";
import { isZone } from "@/lib/format/time";
import { sourceQueries } from "@/lib/queries/status";
import { requireUser } from "@/server/auth";
import { listSources } from "@/server/health";
import { Prefetch } from "../prefetch";
import { Providers } from "./providers";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const user = await requireUser();
  const zone = decodeURIComponent((await cookies()).get("zone")?.value ?? "");
  return (
    <Providers user={user} zone={isZone(zone) ? zone : null} now={Date.now()}>
      <Prefetch queries={[{ queryKey: sourceQueries.list().queryKey, load: () => listSources(user) }]}>
        <a href="#main" className="absolute -top-16 left-3 z-30 rounded-control bg-ink px-3 py-2 text-on-ink focus:top-2">
          Skip to content
        </a>
        <TopBar />
        <SampleBanner />
        <main id="main" tabIndex={-1} className="mx-auto max-w-[1440px] px-4 pt-4 pb-22 outline-none desk:px-7 desk:pt-6 desk:pb-14">
          {children}
        </main>
        <PhoneNav />
      </Prefetch>
    </Providers>
  );
}
