import { describeApi } from "@/lib/openapi";
import { route } from "@/server/route";

export const GET = route(() => describeApi());
