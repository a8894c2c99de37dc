import type { Metadata } from "next";
import { fromSegment } from "@/lib/paths";
import { tableQueries } from "@/lib/queries/tables";
import { requireUser } from "@/server/auth";
import { getTable } from "@/server/tables";
import { Prefetch } from "../../../../prefetch";
import { TableScreen } from "./table-screen";

type PageProps = { params: Promise<{ environment: string; table: string }> };

const idOf = async (params: PageProps["params"]) => {
  const { environment, table } = await params;
  return { environment: fromSegment(environment), table: fromSegment(table) };
};

export async function generateMetadata({ params }: PageProps): Promise<Metadata> {
  return { title: (await idOf(params)).table };
}

export default async function TablePage({ params }: PageProps) {
  const user = await requireUser();
  const { environment, table } = await idOf(params);
  return (
    <Prefetch queries={[{ queryKey: tableQueries.detail(environment, table).queryKey, load: () => getTable(user, environment, table) }]}>
      <TableScreen environment={environment} table={table} />
    </Prefetch>
  );
}
