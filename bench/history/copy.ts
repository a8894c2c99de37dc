import { Readable } from "node:stream";
import { pipeline as pipe } from "node:stream/promises";
import { getTableColumns, getTableName } from "drizzle-orm";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { noCost } from "@/lib/cost";
import type { AttemptFact, PipelineFact, RunFact } from "@/lib/schemas/facts";
import { attemptId } from "@/server/ledger/attempt-id";
import { attempt, environment, failure, pipeline, run } from "@/server/ledger/schema";
import { type Repetition, repeat } from "./repeat";
import { type SimulatedHistory, type SimulationOptions, simulatePipelines, simulateRuns } from "./simulate";

const region = "eu-west-1";
/** Text that is sent at once. */
const chunkBytes = 1 << 20;
const bytesPerRun = 2_900;

/** What a history takes on disk with its indexes, measured. */
export const historyBytes = (runs: number): number => runs * bytesPerRun;

type Row = Record<string, unknown>;

const escapes: Record<string, string> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };
const escaped = (text: string) => (/[\\\t\n\r]/.test(text) ? text.replace(/[\\\t\n\r]/g, (each) => escapes[each] ?? each) : text);

function cell(value: unknown): string {
  if (value === null || value === undefined) return "\\N";
  if (typeof value === "string") return escaped(value);
  if (typeof value === "boolean") return value ? "t" : "f";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return escaped(JSON.stringify(value));
  return String(value);
}

/** COPY of one table on a connection of its own; rows are handed over as they come. */
class Copier<T extends PgTable> {
  readonly #names: string[];
  readonly #done: Promise<void>;
  readonly #source: Readable;
  #text = "";
  #wake: (() => void) | null = null;

  constructor(client: pg.Client, table: T, columns: (keyof T["$inferInsert"] & string)[]) {
    const known = getTableColumns(table) as Record<string, PgColumn>;
    this.#names = columns;
    const list = columns.map((name) => pg.escapeIdentifier(known[name]?.name ?? name)).join(", ");
    const into = client.query(copyFrom(`copy ${pg.escapeIdentifier(getTableName(table))} (${list}) from stdin`));
    this.#source = new Readable({
      read: () => {
        this.#wake?.();
        this.#wake = null;
      },
    });
    this.#done = pipe(this.#source, into);
    this.#done.catch(() => this.#wake?.());
  }

  async put(row: Row): Promise<void> {
    let line = "";
    for (const name of this.#names) line += line === "" ? cell(row[name]) : `\t${cell(row[name])}`;
    this.#text += `${line}\n`;
    if (this.#text.length >= chunkBytes) await this.#flush();
  }

  async #flush(): Promise<void> {
    const isWanted = this.#source.push(this.#text);
    this.#text = "";
    if (!isWanted)
      await new Promise<void>((resume) => {
        this.#wake = resume;
      });
  }

  async end(): Promise<void> {
    if (this.#text !== "") this.#source.push(this.#text);
    this.#source.push(null);
    await this.#done;
  }
}

function runRow(fact: RunFact, name: string): Row {
  return { environment: name, ...fact, sortAt: fact.runAfter, isGone: false, changedAt: fact.endedAt ?? fact.startedAt };
}

/** Container costs are of three sizes: pricing each of thirty million anew would only measure arithmetic. */
const costs = [0.0123, 0.0456, 0.789].map((usd) => ({
  ...noCost,
  reason: undefined,
  basis: "fargate" as const,
  usd: String(usd),
  seconds: 600,
}));

function attemptRow(fact: AttemptFact, name: string, isLatest: boolean): Row {
  const key = { environment: name, ...fact };
  const cost =
    fact.endedAt === null ? null : fact.operator === "PythonOperator" ? noCost : (costs[fact.runId.length % costs.length] ?? noCost);
  const changedAt = fact.endedAt ?? fact.startedAt ?? fact.queuedAt ?? new Date();
  return { ...key, id: attemptId(key), isLatest, cost, costUsd: cost?.usd ?? null, xcomReadAt: fact.endedAt, changedAt };
}

const failureOf = (row: Row): Row => ({
  attemptId: row.id,
  class: "out_of_memory",
  facts: "{Exit code 137 (SIGKILL)}",
  evidence: [],
  isFinal: true,
  classifiedAt: row.changedAt,
});

const rollUp = `insert into cost_day (environment, pipeline, day, cost_usd, priced, unknown)
  select environment, pipeline, (coalesce(started_at, queued_at, ended_at, changed_at) at time zone 'UTC')::date, sum(coalesce(cost_usd, 0)), count(cost_usd), count(*) - count(cost_usd)
  from attempt where environment = $1 and ((cost is null and ended_at is not null) or cost->>'basis' <> 'none') group by 1, 2, 3`;

/** Indexes, and the roll-up of costs: made once after the rows, which is quicker than keeping them up to date. */
async function inBulk(client: pg.Client, name: string, tables: string[], work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ drop: string; make: string }>(
    `select case when c.oid is null then 'drop index ' || i.indexrelid::regclass else format('alter table %s drop constraint %s', i.indrelid::regclass, quote_ident(c.conname)) end as drop,
       case when c.oid is null then pg_get_indexdef(i.indexrelid)
         else format('alter table %s add constraint %s %s', i.indrelid::regclass, quote_ident(c.conname), pg_get_constraintdef(c.oid)) end as make
     from pg_index i left join pg_constraint c on c.conindid = i.indexrelid where i.indrelid::regclass::text = any($1)`,
    [tables],
  );
  for (const index of rows) await client.query(index.drop);
  await client.query("alter table attempt disable trigger user");
  await work();
  await client.query("alter table attempt enable trigger user");
  await client.query(rollUp, [name]);
  for (const index of rows) await client.query(index.make);
}

interface Into {
  environment: string;
  until: Date;
  /** That the history is told more than once. */
  repetition?: Repetition;
  say?: (line: string) => void;
}
export type CopyOptions = SimulationOptions & Into;

/** Writes a simulated history into a migrated ledger. */
export function copyHistory(url: string, options: CopyOptions): Promise<{ runs: number; attempts: number }> {
  return copyRuns(url, { pipelines: simulatePipelines(options), runs: simulateRuns(options) }, options);
}

/** By COPY: environment, pipelines, runs, attempts and failures. */
export async function copyRuns(url: string, history: SimulatedHistory, options: Into): Promise<{ runs: number; attempts: number }> {
  const clients = Array.from({ length: 4 }, () => new pg.Client({ connectionString: url }));
  const [main, ofRuns, ofAttempts, ofFailures] = clients as [pg.Client, pg.Client, pg.Client, pg.Client];
  await Promise.all(clients.map((client) => client.connect()));
  const counts = { runs: 0, attempts: 0 };
  const name = options.environment;
  try {
    await copyCatalogue(main, history.pipelines, options);
    await inBulk(main, name, ["run", "attempt"], async () => {
      const runs = new Copier(ofRuns, run, columnsOf(run));
      const attempts = new Copier(ofAttempts, attempt, columnsOf(attempt));
      const failures = new Copier(ofFailures, failure, columnsOf(failure));
      for (const each of history.runs) {
        await runs.put(runRow(each.run, name));
        for (const [index, fact] of each.attempts.entries()) {
          const next = each.attempts[index + 1];
          const row = attemptRow(fact, name, next?.taskId !== fact.taskId || next.mapIndex !== fact.mapIndex);
          await attempts.put(row);
          if (fact.state === "failed") await failures.put(failureOf(row));
          counts.attempts += 1;
        }
        counts.runs += 1;
        if (counts.runs % 1_000_000 === 0) options.say?.(`  ${counts.runs / 1_000_000} M runs`);
      }
      await Promise.all([runs.end(), attempts.end(), failures.end()]);
      if (!options.repetition) return;
      options.say?.(`  told ${options.repetition.times} times`);
      await repeat(main, options.repetition);
    });
    options.say?.("  indexes made");
    await main.query("vacuum (analyze) run, attempt, failure, pipeline, cost_day");
  } finally {
    await Promise.all(clients.map((client) => client.end()));
  }
  return counts;
}

const columnsOf = <T extends PgTable>(table: T) => Object.keys(getTableColumns(table)) as (keyof T["$inferInsert"] & string)[];

async function copyCatalogue(client: pg.Client, pipelines: PipelineFact[], options: Into): Promise<void> {
  const places = new Copier(client, environment, ["name", "mwaaName", "region", "readAt"]);
  await places.put({ name: options.environment, mwaaName: options.environment, region, readAt: options.until });
  await places.end();
  const catalogue = new Copier(client, pipeline, [
    ...(["environment", "pipeline", "description", "owners", "tags", "schedule", "isPaused", "nextRunAt", "readAt"] as const),
  ]);
  for (const fact of pipelines) {
    const lists = { owners: `{${fact.owners.join(",")}}`, tags: `{${fact.tags.join(",")}}` };
    await catalogue.put({ environment: options.environment, ...fact, ...lists, readAt: options.until });
  }
  await catalogue.end();
}
