import { getAttemptInputs } from "@/server/attempt-inputs";
import { route } from "@/server/route";

export const GET = route(({ user, params: { id = "" } }) => getAttemptInputs(user, id));
