import "server-only";
import { and, desc, eq, getTableColumns, inArray, lt, lte, or, sql } from "drizzle-orm";
import { ledger } from "../db";
import { attempt, run, tableSchema } from "../schema";
import type { AttemptRow } from "./attempts";
import type { RunRow } from "./runs";

/** So many runs are looked back for one that went well. */
const runsBack = 500;

type Own = Pick<RunRow, "environment" | "pipeline" | "runId" | "sortAt">;

const ofPipeline = ({ environment, pipeline }: Pick<Own, "environment" | "pipeline">) =>
  and(eq(run.environment, environment), eq(run.pipeline, pipeline));

/** Runs of the same pipeline before this one in the order of lists. */
const before = (own: Own) => or(lt(run.sortAt, own.sortAt), and(eq(run.sortAt, own.sortAt), lt(run.runId, own.runId)));

/** The newest run before this one that succeeded; null when none of the last 500 did. */
export async function selectLastGoodRun(own: Own): Promise<RunRow | null> {
  const recent = ledger()
    .select(getTableColumns(run))
    .from(run)
    .where(and(ofPipeline(own), before(own)))
    .orderBy(desc(run.sortAt), desc(run.runId))
    .limit(runsBack)
    .as("recent");
  const [found] = await ledger()
    .select()
    .from(recent)
    .where(eq(recent.state, "success"))
    .orderBy(desc(recent.sortAt), desc(recent.runId))
    .limit(1);
  return found ?? null;
}

/** The newest success of the same task in an earlier run; null when none of the last 500 runs has one. */
export async function selectLastGoodAttempt(of: AttemptRow): Promise<AttemptRow | null> {
  const [own] = await ledger()
    .select({ environment: run.environment, pipeline: run.pipeline, runId: run.runId, sortAt: run.sortAt })
    .from(run)
    .where(and(ofPipeline(of), eq(run.runId, of.runId)));
  if (!own) return null;
  const recent = ledger()
    .select({ runId: run.runId, sortAt: run.sortAt })
    .from(run)
    .where(and(ofPipeline(own), before(own)))
    .orderBy(desc(run.sortAt), desc(run.runId))
    .limit(runsBack)
    .as("recent");
  // From the newest on, one look-up in the key of attempts each, until the first that went well.
  const success = ledger()
    .select(getTableColumns(attempt))
    .from(attempt)
    .where(
      and(
        eq(attempt.environment, of.environment),
        eq(attempt.pipeline, of.pipeline),
        eq(attempt.runId, recent.runId),
        eq(attempt.taskId, of.taskId),
        eq(attempt.mapIndex, of.mapIndex),
        eq(attempt.state, "success"),
      ),
    )
    .orderBy(desc(attempt.tryNumber))
    .limit(1)
    .as("success");
  const [found] = await ledger()
    .select({ id: success.id })
    .from(recent)
    .innerJoinLateral(success, sql`true`)
    .orderBy(desc(recent.sortAt), desc(recent.runId))
    .limit(1);
  if (!found) return null;
  const [row] = await ledger().select().from(attempt).where(eq(attempt.id, found.id));
  return row ?? null;
}

/** The columns of tables as they became between two instants, each with what it was before; oldest first. */
export async function selectSchemaChanges(environment: string, tables: string[], from: Date, to: Date) {
  if (tables.length === 0) return [];
  const rows = await ledger()
    .select()
    .from(tableSchema)
    .where(and(eq(tableSchema.environment, environment), inArray(tableSchema.tableName, tables), lte(tableSchema.since, to)))
    .orderBy(tableSchema.tableName, tableSchema.since);
  return rows.flatMap((row, index) => {
    const earlier = rows[index - 1];
    return row.since > from && earlier?.tableName === row.tableName ? [{ before: earlier.columns, ...row }] : [];
  });
}

/** Every try of one task in one run, in order. */
export async function selectTries(of: AttemptRow): Promise<AttemptRow[]> {
  return ledger()
    .select()
    .from(attempt)
    .where(
      and(
        eq(attempt.environment, of.environment),
        eq(attempt.pipeline, of.pipeline),
        eq(attempt.runId, of.runId),
        eq(attempt.taskId, of.taskId),
        eq(attempt.mapIndex, of.mapIndex),
      ),
    )
    .orderBy(attempt.tryNumber);
}
