import type { Metadata } from "next";
import { activityQueries } from "@/lib/queries/activity";
import { ActivityFilter } from "@/lib/schemas/activity";
import { listActivity } from "@/server/activity";
import { requireUser } from "@/server/auth";
import { Prefetch } from "../../../prefetch";
import { ActivityScreen } from "./activity-screen";
import { ActivityGhost } from "./ghost";

export const metadata: Metadata = { title: "Activity" };

type PageProps = { searchParams: Promise<Record<string, string | string[] | undefined>> };

export default async function ActivityPage({ searchParams }: PageProps) {
  const user = await requireUser();
  const filter = ActivityFilter.safeParse(await searchParams).data ?? ActivityFilter.parse({});
  return (
    <Prefetch
      ghost={<ActivityGhost />}
      queries={[{ queryKey: activityQueries.list(filter).queryKey, load: () => listActivity(user, filter) }]}
    >
      <ActivityScreen />
    </Prefetch>
  );
}
