import { examine } from "@/server/doctor/examine";
import { route } from "@/server/route";

/** A POST: it calls each system that it tells of. */
export const POST = route(({ user }) => examine(user));
