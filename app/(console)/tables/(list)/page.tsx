import type { Metadata } from "next";
import { tableQueries } from "@/lib/queries/tables";
import { TableFilter } from "@/lib/schemas/table";
import { requireUser } from "@/server/auth";
import { listTables } from "@/server/tables";
import { Prefetch } from "../../../prefetch";
import { TablesGhost } from "./ghost";
import { TablesScreen } from "./tables-screen";

export const metadata: Metadata = { title: "Tables" };

type PageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function TablesPage({ searchParams }: PageProps) {
  const user = await requireUser();
  const filter = TableFilter.safeParse({ limit: 100, ...(await searchParams) }).data ?? TableFilter.parse({ limit: 100 });
  return (
    <Prefetch ghost={<TablesGhost />} queries={[{ queryKey: tableQueries.list(filter).queryKey, load: () => listTables(user, filter) }]}>
      <TablesScreen />
    </Prefetch>
  );
}
