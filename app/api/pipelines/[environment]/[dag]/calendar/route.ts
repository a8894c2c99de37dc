import { CalendarQuery } from "@/lib/schemas/clock";
import { getPipelineCalendar } from "@/server/pipeline-clock";
import { route } from "@/server/route";

export const GET = route(({ user, params: { environment = "", dag = "" }, query }) =>
  getPipelineCalendar(user, environment, dag, query(CalendarQuery)),
);
