import type { Metadata } from "next";
import { statusQueries } from "@/lib/queries/status";
import { EnvironmentFilter } from "@/lib/schemas/common";
import { requireUser } from "@/server/auth";
import { getStatus } from "@/server/status";
import { Prefetch } from "../../prefetch";
import { StatusGhost } from "./ghost";
import { StatusScreen } from "./status-screen";

export const metadata: Metadata = { title: "Status" };

type PageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function StatusPage({ searchParams }: PageProps) {
  const user = await requireUser();
  const filter = EnvironmentFilter.safeParse(await searchParams).data ?? {};
  return (
    <Prefetch
      ghost={<StatusGhost />}
      queries={[{ queryKey: statusQueries.detail(filter.environment).queryKey, load: () => getStatus(user, filter) }]}
    >
      <StatusScreen environment={filter.environment} />
    </Prefetch>
  );
}
