import { readHealth } from "@/server/health";
import { openRoute } from "@/server/route";

export const dynamic = "force-dynamic";
export const GET = openRoute(() => readHealth());
