import { ActivityFilter } from "@/lib/schemas/activity";
import { listActivity } from "@/server/activity";
import { route } from "@/server/route";

export const GET = route(({ user, query }) => listActivity(user, query(ActivityFilter)));
