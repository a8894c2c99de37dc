import "server-only";
import { csvLine } from "@/lib/csv";
import type { RunExport, RunListItem } from "@/lib/schemas/run";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { pageOfRuns } from "./runs";

const columns: [string, (run: RunListItem) => string | number | null][] = [
  ["environment", (run) => run.environment],
  ["pipeline", (run) => run.pipeline],
  ["runId", (run) => run.runId],
  ["state", (run) => run.state],
  ["needs", (run) => run.needs],
  ["type", (run) => run.type],
  ["triggeredBy", (run) => run.triggeredBy],
  ["triggerReason", (run) => run.triggerReason],
  ["logicalDate", (run) => run.logicalDate],
  ["dataIntervalStart", (run) => run.dataIntervalStart],
  ["dataIntervalEnd", (run) => run.dataIntervalEnd],
  ["queuedAt", (run) => run.queuedAt],
  ["startedAt", (run) => run.startedAt],
  ["endedAt", (run) => run.endedAt],
  ["durationMs", (run) => run.durationMs],
  ["usualP50Ms", (run) => run.usual?.p50Ms ?? null],
  ["usualP95Ms", (run) => run.usual?.p95Ms ?? null],
  ["tasks", (run) => run.taskCounts.total],
  ["tasksFailed", (run) => run.taskCounts.failed],
  ["failedTask", (run) => run.failure?.taskId ?? null],
  ["errorClass", (run) => run.failure?.class ?? null],
  ["costUsd", (run) => run.costUsd],
  ["unknownPrices", (run) => run.cost.unknownCount],
  ["tables", (run) => run.tables.join(" ")],
];

const pageSize = 100;

/** Every run of a filter as pieces of a file, page by page: what is held is one page, and nobody reads on after the caller has left. */
export async function* exportRuns(user: User, { format, ...filter }: RunExport): AsyncGenerator<string, void, void> {
  yield format === "csv" ? csvLine(columns.map(([name]) => name)) : "[";
  let isFirst = true;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const { items, nextCursor } = await pageOfRuns(user, { ...filter, limit: pageSize, ...(cursor && { cursor }) });
    if (format === "csv") yield items.map((run) => csvLine(columns.map(([, of]) => of(run)))).join("");
    else if (items.length > 0) yield `${isFirst ? "\n" : ",\n"}${items.map((run) => JSON.stringify(run)).join(",\n")}`;
    isFirst &&= items.length === 0;
    cursor = nextCursor;
  }
  if (format === "json") yield "\n]\n";
}

/** The file as an answer; its first page is read before, so that what is refused is refused in time. @throws AppError as listRuns */
export async function exportRunsFile(user: User, filter: RunExport, signal: AbortSignal): Promise<Response> {
  allow(user, "read");
  const pieces = exportRuns(user, filter);
  const first = [await pieces.next(), await pieces.next()];
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value, done } = first.shift() ?? (signal.aborted ? { value: undefined, done: true } : await pieces.next());
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    cancel: () => void pieces.return(),
  });
  const day = new Date().toISOString().slice(0, 10);
  const name = `runs${filter.show === "attention" ? "-needing-attention" : ""}${filter.state ? `-${filter.state}` : ""}-${day}.${filter.format}`;
  return new Response(body, {
    headers: {
      "content-type": filter.format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/json; charset=utf-8",
      "content-disposition": `attachment; filename="${name}"`,
    },
  });
}
