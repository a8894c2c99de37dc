import { route } from "@/server/route";
import { listViews } from "@/server/views";

export const GET = route(({ user }) => listViews(user));
