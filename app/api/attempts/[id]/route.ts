import { getAttempt } from "@/server/attempts";
import { route } from "@/server/route";

export const GET = route(({ user, params: { id = "" } }) => getAttempt(user, id));
