import { readMetrics } from "@/server/metrics";
import { route } from "@/server/route";

export const GET = route(({ user }) => readMetrics(user));
