import type { Metadata } from "next";
import { runQueries } from "@/lib/queries/runs";
import { RunFilter } from "@/lib/schemas/run";
import { requireUser } from "@/server/auth";
import { listRuns } from "@/server/runs";
import { Prefetch } from "../../../prefetch";
import { RunsScreen } from "./runs-screen";

export const metadata: Metadata = { title: "Runs" };

type PageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function RunsPage({ searchParams }: PageProps) {
  const user = await requireUser();
  const filter = RunFilter.safeParse(await searchParams).data ?? RunFilter.parse({}); // a bad link shows the default list
  return (
    <Prefetch queries={[{ queryKey: runQueries.list(filter).queryKey, load: () => listRuns(user, filter) }]}>
      <RunsScreen />
    </Prefetch>
  );
}
