import { ClockQuery } from "@/lib/schemas/clock";
import { getClock } from "@/server/pipeline-clock";
import { route } from "@/server/route";

export const GET = route(({ user, query }) => getClock(user, query(ClockQuery)));
