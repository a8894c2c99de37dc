import { route } from "@/server/route";
import { getStatus } from "@/server/status";

export const GET = route(({ user }) => getStatus(user));
