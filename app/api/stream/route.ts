import { route } from "@/server/route";
import { openStream } from "@/server/stream";

export const GET = route(({ user, request }) => openStream(user, request.signal));
