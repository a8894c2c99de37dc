"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { NuqsAdapter } from "nuqs/adapters/next/app";
import { type ReactNode, useState } from "react";
import { NowProvider } from "@/lib/format/now";
import { ZoneProvider } from "@/lib/format/zone";
import { ApiError } from "@/lib/queries/api";
import type { User } from "@/lib/schemas/user";
import { SessionProvider } from "@/lib/session";

const makeClient = () =>
  new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        gcTime: 300_000,
        retry: (failures, error) =>
          failures < 2 && !(error instanceof ApiError && error.problem.status >= 400 && error.problem.status < 500),
        retryDelay: 1_000,
      },
    },
  });

type ProvidersProps = { user: User; zone: string | null; now: number; children: ReactNode };

export function Providers({ user, zone, now, children }: ProvidersProps) {
  const [client] = useState(makeClient);
  return (
    <QueryClientProvider client={client}>
      <NuqsAdapter>
        <NowProvider at={now}>
          <ZoneProvider initial={zone}>
            <SessionProvider user={user}>{children}</SessionProvider>
          </ZoneProvider>
        </NowProvider>
      </NuqsAdapter>
    </QueryClientProvider>
  );
}
