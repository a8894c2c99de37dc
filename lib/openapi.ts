import { z } from "zod";
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from "zod-openapi";
import { ActivityFilter, ActivityPage } from "./schemas/activity";
import { AttemptDetail, LogPage, LogQuery } from "./schemas/attempt";
import { CalendarQuery, ClockPage, ClockQuery, PipelineCalendar } from "./schemas/clock";
import { EnvironmentFilter, PageQuery } from "./schemas/common";
import { CompareQuery, RunComparison } from "./schemas/compare";
import { DoctorReport } from "./schemas/doctor";
import { CellQuery, GridCell, GridQuery, PipelineGrid } from "./schemas/grid";
import { NoteRequest, NoteResult } from "./schemas/note";
import { IdempotencyKey, PipelineDetail, PipelineFilter, PipelinePage, TriggerRequest, TriggerResult } from "./schemas/pipeline";
import { Problem } from "./schemas/problem";
import { AttemptList, AttemptQuery, NamedRuns, RunDetail, RunExport, RunFilter, RunListItem, RunNames, RunPage } from "./schemas/run";
import { SavedView, SavedViewList, SavedViewRequest } from "./schemas/saved-view";
import { SearchQuery, SearchResult } from "./schemas/search";
import { Health, SourceList, Status } from "./schemas/status";
import { AttemptInputs, PipelineStructure, StructureQuery, WhyQueued } from "./schemas/structure";
import { LoadFilter, TableDetail, TableFilter, TableLoadPage, TablePage } from "./schemas/table";

const json = (schema: z.ZodType) => ({ "application/json": { schema } });
const problem = (description: string) => ({ description, content: { "application/problem+json": { schema: Problem } } });

const refusals = {
  "401": problem("Nobody is signed in and no valid token was sent."),
  "503": problem("The ledger does not answer; nothing was changed."),
};

const idsOf = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
const meaning: Record<string, string> = {
  environment: "Name of the environment in penstock.yaml.",
  table: "schema.table",
  dag: "The pipeline: Airflow's dag_id. Percent-encoded whole; `.`, `..` and ids that begin with `~` get a leading `~`.",
  run: "The run id, percent-encoded whole.",
  id: "The attempt's id.",
  view: "The view's id: 8 to 64 letters, digits, `_` or `-`.",
};

interface Read {
  operationId: string;
  summary: string;
  answer: z.ZodType;
  query?: z.ZodObject;
}

function get(path: string, { operationId, summary, answer, query }: Read): ZodOpenApiOperationObject {
  const ids = idsOf(path);
  return {
    operationId,
    summary,
    parameters: ids.map((name) => ({
      in: "path" as const,
      name,
      required: true,
      description: meaning[name] ?? name,
      schema: { type: "string" as const },
    })),
    ...(query ? { requestParams: { query } } : {}),
    responses: {
      "200": { description: "The answer.", content: json(answer) },
      ...(query ? { "400": problem("A query parameter or the cursor is not valid.") } : {}),
      ...refusals,
      ...(ids.length > 0 ? { "404": problem("There is no such thing; `remedy` names what is near.") } : {}),
    },
  };
}

const reads: [string, Read][] = [
  [
    "/api/sources",
    {
      operationId: "listSources",
      summary: "Every system that is read: since when, how it went, how many calls it took.",
      answer: SourceList,
      query: EnvironmentFilter,
    },
  ],
  [
    "/api/status",
    {
      operationId: "getStatus",
      summary: "Can the data be used? One sentence and every table, the worst first.",
      answer: Status,
      query: EnvironmentFilter,
    },
  ],
  [
    "/api/tables",
    { operationId: "listTables", summary: "Tables with their state, the worst first.", answer: TablePage, query: TableFilter },
  ],
  [
    "/api/tables/{environment}/{table}",
    { operationId: "getTable", summary: "One table: its state, why, its last loads.", answer: TableDetail },
  ],
  [
    "/api/tables/{environment}/{table}/loads",
    { operationId: "listTableLoads", summary: "Loads of a table, newest first.", answer: TableLoadPage, query: LoadFilter },
  ],
  [
    "/api/pipelines",
    { operationId: "listPipelines", summary: "Pipelines by name with their last runs.", answer: PipelinePage, query: PipelineFilter },
  ],
  [
    "/api/pipelines/{environment}/{dag}",
    { operationId: "getPipeline", summary: "One pipeline: runbook, parameters, last runs.", answer: PipelineDetail },
  ],
  [
    "/api/pipelines/{environment}/{dag}/structure",
    {
      operationId: "getPipelineStructure",
      summary: "Tasks, groups and code of one version of a pipeline, and all its versions.",
      answer: PipelineStructure,
      query: StructureQuery,
    },
  ],
  [
    "/api/pipelines/clock",
    {
      operationId: "getClock",
      summary: "Past and planned runs of pipelines on one day or in one week; runs that lie near to one another are one mark.",
      answer: ClockPage,
      query: ClockQuery,
    },
  ],
  [
    "/api/pipelines/{environment}/{dag}/calendar",
    {
      operationId: "getPipelineCalendar",
      summary: "Each day of some months: how the runs of a pipeline went, and what is planned.",
      answer: PipelineCalendar,
      query: CalendarQuery,
    },
  ],
  [
    "/api/pipelines/{environment}/{dag}/grid",
    {
      operationId: "getPipelineGrid",
      summary: "Tasks against runs in a compact form: ids as shared letters and rest, a row of cells as counts and letters.",
      answer: PipelineGrid,
      query: GridQuery,
    },
  ],
  [
    "/api/pipelines/{environment}/{dag}/grid/cell",
    { operationId: "getGridCell", summary: "The newest try of a task in a run.", answer: GridCell, query: CellQuery },
  ],
  ["/api/runs", { operationId: "listRuns", summary: "Runs, newest first.", answer: RunPage, query: RunFilter }],
  [
    "/api/runs/named",
    { operationId: "listNamedRuns", summary: "Certain runs as they are now, newest first.", answer: NamedRuns, query: RunNames },
  ],
  [
    "/api/views",
    {
      operationId: "listViews",
      summary: "Saved views of the list of runs: one's own, and those that others share.",
      answer: SavedViewList,
    },
  ],
  [
    "/api/runs/{environment}/{dag}/{run}",
    { operationId: "getRun", summary: "One run: attempts, failure, loads, who asked for it.", answer: RunDetail },
  ],
  [
    "/api/runs/{environment}/{dag}/{run}/attempts",
    { operationId: "listAttempts", summary: "Every try of a run's tasks, or of one of them.", query: AttemptQuery, answer: AttemptList },
  ],
  [
    "/api/runs/{environment}/{dag}/{run}/why",
    { operationId: "whyQueued", summary: "Why a run, or tasks of it, still wait.", answer: WhyQueued },
  ],
  [
    "/api/attempts/{id}/inputs",
    { operationId: "getAttemptInputs", summary: "Rendered fields and XComs of one try, cut where they are long.", answer: AttemptInputs },
  ],
  [
    "/api/runs/{environment}/{dag}/{run}/compare",
    {
      operationId: "compareRuns",
      summary: "What changed: a run beside another, else beside the last success before it.",
      answer: RunComparison,
      query: CompareQuery,
    },
  ],
  ["/api/attempts/{id}", { operationId: "getAttempt", summary: "One try: container or Glue run, cost, failure.", answer: AttemptDetail }],
  [
    "/api/attempts/{id}/log",
    { operationId: "readAttemptLog", summary: "The merged log of one try, onward from a cursor.", answer: LogPage, query: LogQuery },
  ],
  [
    "/api/search",
    { operationId: "searchAll", summary: "Tables, pipelines and runs by a text, a few of each.", answer: SearchResult, query: SearchQuery },
  ],
  ["/api/activity", { operationId: "listActivity", summary: "Who did what, newest first.", answer: ActivityPage, query: ActivityFilter }],
];

function trigger(path: string): ZodOpenApiOperationObject {
  const { parameters = [] } = get(path, { operationId: "", summary: "", answer: TriggerResult });
  const made = (description: string) => ({ description, content: json(TriggerResult) });
  return {
    operationId: "triggerRun",
    summary: "Starts one run, however often it is asked with the same Idempotency-Key. Needs the role operator.",
    parameters,
    requestParams: { header: z.object({ "Idempotency-Key": IdempotencyKey }) },
    requestBody: { required: true, content: json(TriggerRequest) },
    responses: {
      "200": made("It was started before under this key: the same run."),
      "201": made("It was started now."),
      "202": made("The first request under this key is still in flight."),
      "400": problem("The Idempotency-Key is missing or malformed, or the body is not JSON."),
      ...refusals,
      "403": problem("The role is too low, or the request does not come from Penstock's own pages."),
      "404": problem("There is no such pipeline."),
      "409": problem("The pipeline is gone, or the first request under this key failed."),
      "422": problem("A parameter is refused (`fields` names it), or the key stands for another request."),
      "502": problem("Airflow did not answer; what became of the request is settled and the key stays safe to repeat."),
    },
  };
}

function noteOn(path: string, operationId: string, what: string): ZodOpenApiOperationObject {
  const { parameters = [] } = get(path, { operationId: "", summary: "", answer: NoteResult });
  const made = (description: string) => ({ description, content: json(NoteResult) });
  return {
    operationId,
    summary: `Writes a note on ${what}, or changes an own one; what it said before is kept. Needs the role operator.`,
    parameters,
    requestParams: { header: z.object({ "Idempotency-Key": IdempotencyKey }) },
    requestBody: { required: true, content: json(NoteRequest) },
    responses: {
      "200": made("It was written before under this key: the same note."),
      "201": made("It was written now."),
      "400": problem("The Idempotency-Key is missing or malformed, or the body is not JSON."),
      ...refusals,
      "403": problem("The role is too low, the note is somebody else's, or the request does not come from Penstock's own pages."),
      "404": problem("There is no such thing; `remedy` names what is near."),
      "422": problem("The text is empty or longer than 2,000 characters, or the key stands for another request."),
    },
  };
}

const texts = (description: string, type: string) => ({ description, content: { [type]: { schema: { type: "string" as const } } } });

function allPaths(): ZodOpenApiPathsObject {
  const paths: ZodOpenApiPathsObject = Object.fromEntries(reads.map(([path, read]) => [path, { get: get(path, read) }]));
  const runs = "/api/pipelines/{environment}/{dag}/runs";
  paths[runs] = {
    get: get(runs, { operationId: "listPipelineRuns", summary: "Runs of one pipeline, newest first.", answer: RunPage, query: PageQuery }),
    post: trigger(runs),
  };
  const runNote = "/api/runs/{environment}/{dag}/{run}/note";
  const attemptNote = "/api/attempts/{id}/note";
  paths[runNote] = { post: noteOn(runNote, "addNote", "a run") };
  paths[attemptNote] = { post: noteOn(attemptNote, "addAttemptNote", "an attempt") };
  const view = "/api/views/{view}";
  const { parameters: viewId = [] } = get(view, { operationId: "", summary: "", answer: SavedView });
  const ofView = {
    ...refusals,
    "403": problem("The view is somebody else's, or the request does not come from Penstock's own pages."),
    "404": problem("There is no such view."),
  };
  paths[view] = {
    put: {
      operationId: "saveView",
      summary: "Makes a view of one's own under an id that the caller chooses, or changes it; repeated, it changes nothing.",
      parameters: viewId,
      requestBody: { required: true, content: json(SavedViewRequest) },
      responses: {
        "200": { description: "The view.", content: json(SavedView) },
        ...ofView,
        "409": problem("Another view of one's own has that name, or there are too many."),
        "422": problem("The name or the query is not valid."),
      },
    },
    delete: {
      operationId: "deleteView",
      summary: "Takes a view of one's own away.",
      parameters: viewId,
      responses: { "200": { description: "The views that are left.", content: json(SavedViewList) }, ...ofView },
    },
  };
  paths["/api/runs/export"] = {
    get: {
      operationId: "exportRuns",
      summary: "Every run of a filter as CSV (RFC 4180) or JSON, streamed; it goes on until the caller leaves.",
      requestParams: { query: RunExport },
      responses: {
        "200": {
          description: "The file.",
          content: { "text/csv": { schema: { type: "string" } }, ...json(z.array(RunListItem)) },
        },
        "400": problem("A query parameter is not valid."),
        ...refusals,
      },
    },
  };
  paths["/api/doctor"] = {
    post: {
      operationId: "examine",
      summary: "Tries every permission, login and table that Penstock needs, changing nothing. Needs the role admin.",
      responses: {
        "200": { description: "What was found.", content: json(DoctorReport) },
        ...refusals,
        "403": problem("The role is too low, or the request does not come from Penstock's own pages."),
      },
    },
  };
  paths["/api/health"] = {
    get: {
      operationId: "readHealth",
      summary: "Liveness.",
      security: [],
      responses: { "200": { description: "Alive.", content: json(Health) } },
    },
  };
  paths["/api/stream"] = {
    get: {
      operationId: "openStream",
      summary: "Server-sent events: `change` with a JSON array of keys that are old. No replay: after a (re)connect, ask again.",
      responses: { "200": texts("The stream.", "text/event-stream"), ...refusals },
    },
  };
  paths["/metrics"] = {
    get: {
      operationId: "readMetrics",
      summary: "Prometheus metrics.",
      responses: { "200": texts("The metrics.", "text/plain"), "401": refusals["401"] },
    },
  };
  paths["/api/openapi.json"] = {
    get: {
      operationId: "describeApi",
      summary: "This document.",
      responses: { "200": { description: "OpenAPI 3.1." }, "401": refusals["401"] },
    },
  };
  return paths;
}

/** The API as OpenAPI 3.1, from the contracts that the doors themselves parse. */
export function describeApi() {
  return createDocument({
    openapi: "3.1.0",
    info: {
      title: "Penstock",
      version: "1",
      description:
        "Runs, attempts, logs, tables and dollars of data pipelines on AWS. Instants are ISO 8601 in UTC, money is decimal text, unknown is null.",
    },
    security: [{ token: [] }, { session: [] }],
    paths: allPaths(),
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "penstock.session" },
      },
    },
  });
}
