import { RunExport } from "@/lib/schemas/run";
import { route } from "@/server/route";
import { exportRunsFile } from "@/server/run-export";

export const GET = route(({ user, query, request }) => exportRunsFile(user, query(RunExport), request.signal));
