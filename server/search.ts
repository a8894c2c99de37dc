import "server-only";
import { RunState, RunType } from "@/lib/schemas/run";
import type { FoundPipeline, FoundRun, SearchQuery, SearchResult } from "@/lib/schemas/search";
import type { User } from "@/lib/schemas/user";
import { type AskedFor, askedFor, nearness } from "@/lib/search-text";
import { allow } from "./auth";
import { env, shownEnvironments } from "./env";
import { honest } from "./health";
import {
  type FoundRunRow,
  type NamedPipeline,
  selectFailedLast,
  selectNewestOf,
  selectPipelinesNamed,
  selectRunsById,
  selectRunsOfSpan,
} from "./ledger/read/search";
import { selectNewestRuns } from "./ledger/read/tables";
import { readShared } from "./shared-reads";
import { listTables } from "./tables";
import { isoText } from "./wire";

const mostTables = 6;
const mostPipelines = 6;
const mostRuns = 8;
/** Names that begin with the text come before those that only hold it: so many are weighed. */
const mostWeighed = 200;
const statesFreshMs = 5_000;

/**
 * Tables, pipelines and runs by a text: words of their names, a run id, a day or a moment. Never a walk through the history: names are few, a run id
 * is looked up, a moment is a range of an index.
 */
export async function searchAll(user: User, query: SearchQuery): Promise<SearchResult> {
  allow(user, "read");
  const environments = shownEnvironments(query.environment);
  const asked = askedFor(query.q);
  const [honesty, tables, named] = await Promise.all([
    honest(["airflow"], query.environment),
    findTables(user, environments, query.environment, asked),
    asked.words.length === 0 ? [] : selectPipelinesNamed(environments, asked.words, mostWeighed),
  ]);
  const nearest = named
    .map((each) => ({ each, rank: nearness(each.pipeline, asked) }))
    .sort((a, b) => b.rank - a.rank)
    .slice(0, mostPipelines)
    .map(({ each }) => each);
  const [pipelines, runs] = await Promise.all([withLastState(nearest), findRuns(environments, asked, nearest)]);
  return { ...honesty, tables, pipelines, runs };
}

async function findTables(user: User, environments: string[], environment: string | undefined, asked: AskedFor) {
  const near = env()
    .tables.filter((table) => environments.includes(table.environment))
    .map(({ name, environment: of }) => ({ name, of, rank: nearness(name, asked) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || a.name.localeCompare(b.name))
    .slice(0, mostTables);
  if (near.length === 0) return [];
  const states = await tableStates(user, environment);
  return near.map(({ name, of }) => ({
    environment: of,
    table: name,
    state: states.get(JSON.stringify([of, name])) ?? ("unknown" as const),
  }));
}

/** Judged once for all who type. */
function tableStates(user: User, environment: string | undefined) {
  const key = JSON.stringify(["table states", env().databaseUrl, environment ?? null]);
  return readShared(
    key,
    async () => {
      const states = new Map<string, SearchResult["tables"][number]["state"]>();
      for (let cursor: string | undefined; ; ) {
        const page = await listTables(user, { limit: 100, cursor, environment });
        for (const { environment: of, table, state } of page.items) states.set(JSON.stringify([of, table]), state);
        if (page.nextCursor === null) return states;
        cursor = page.nextCursor;
      }
    },
    (states) => ({ freshMs: statesFreshMs, sizeBytes: 100 * states.size }),
  );
}

async function withLastState(found: NamedPipeline[]): Promise<FoundPipeline[]> {
  const newest = await selectNewestRuns(found);
  return found.map((each) => {
    const last = newest.find(({ environment, pipeline }) => environment === each.environment && pipeline === each.pipeline);
    return { ...each, lastState: RunState.safeParse(last?.state).data ?? null };
  });
}

async function findRuns(environments: string[], asked: AskedFor, pipelines: NamedPipeline[]): Promise<FoundRun[]> {
  const rows =
    asked.words.length === 0
      ? await selectFailedLast(environments, mostRuns)
      : (
          await Promise.all([
            selectRunsById(environments, asked.text, mostRuns),
            selectRunsOfSpan(environments, asked, mostRuns),
            selectNewestOf(pipelines.slice(0, 3), 3),
          ])
        ).flat();
  const seen = new Map(rows.map((row) => [JSON.stringify([row.environment, row.pipeline, row.runId]), row]));
  return [...seen.values()].slice(0, mostRuns).map(toFound);
}

function toFound({ startedAt, runAfter, ...row }: FoundRunRow): FoundRun {
  return {
    ...row,
    state: RunState.parse(row.state),
    type: RunType.safeParse(row.type).data ?? "unknown",
    startedAt: isoText(startedAt),
    runAfter: isoText(runAfter),
  };
}
