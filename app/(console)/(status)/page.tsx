import type { Metadata } from "next";
import { statusQueries } from "@/lib/queries/status";
import { requireUser } from "@/server/auth";
import { getStatus } from "@/server/status";
import { Prefetch } from "../../prefetch";
import { StatusScreen } from "./status-screen";

export const metadata: Metadata = { title: "Status" };

export default async function StatusPage() {
  const user = await requireUser();
  return (
    <Prefetch queries={[{ queryKey: statusQueries.detail().queryKey, load: () => getStatus(user) }]}>
      <StatusScreen />
    </Prefetch>
  );
}
