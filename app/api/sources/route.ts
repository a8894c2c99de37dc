import { listSources } from "@/server/health";
import { route } from "@/server/route";

export const GET = route(({ user }) => listSources(user));
