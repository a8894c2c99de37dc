import "server-only";
import { and, asc, desc, eq, inArray, notExists, sql } from "drizzle-orm";
import { ledger } from "../db";
import { airflowState, attemptInput, dagSetting, dagVersion, dagWarning, importError } from "../schema-airflow";

export type DagVersionRow = typeof dagVersion.$inferSelect;
export type DagSettingRow = typeof dagSetting.$inferSelect;
export type AirflowStateRow = typeof airflowState.$inferSelect;
export type ImportErrorRow = typeof importError.$inferSelect;
export type AttemptInputRow = typeof attemptInput.$inferSelect;

/** Of so many versions of a DAG at most is told. */
const mostVersions = 100;
const mostBrokenFiles = 50;

/** Newest first, without what is large. */
export async function selectDagVersions(environment: string, pipeline: string) {
  return ledger()
    .select({
      version: dagVersion.version,
      bundleVersion: dagVersion.bundleVersion,
      codeDigest: dagVersion.codeDigest,
      firstSeenAt: dagVersion.firstSeenAt,
    })
    .from(dagVersion)
    .where(and(eq(dagVersion.environment, environment), eq(dagVersion.pipeline, pipeline)))
    .orderBy(desc(dagVersion.firstSeenAt), desc(dagVersion.version))
    .limit(mostVersions);
}

export async function selectDagVersion(environment: string, pipeline: string, version: string): Promise<DagVersionRow | null> {
  const rows = await ledger()
    .select()
    .from(dagVersion)
    .where(and(eq(dagVersion.environment, environment), eq(dagVersion.pipeline, pipeline), eq(dagVersion.version, version)));
  return rows[0] ?? null;
}

export async function selectDagSetting(environment: string, pipeline: string): Promise<DagSettingRow | null> {
  const rows = await ledger()
    .select()
    .from(dagSetting)
    .where(and(eq(dagSetting.environment, environment), eq(dagSetting.pipeline, pipeline)));
  return rows[0] ?? null;
}

/** Airflow 3.0 names a file that cannot be imported by its whole path, and a DAG's within its bundle. */
const isItsFile = sql`(${importError.file} = ${dagSetting.file} or right(${importError.file}, length(${dagSetting.file}) + 1) = '/' || ${dagSetting.file})`;

/** Import errors of files of which no DAG is known, by name. */
export async function selectBrokenFiles(environments: string[]): Promise<ImportErrorRow[]> {
  const known = ledger()
    .select({ pipeline: dagSetting.pipeline })
    .from(dagSetting)
    .where(and(eq(dagSetting.environment, importError.environment), isItsFile));
  return ledger()
    .select()
    .from(importError)
    .where(and(inArray(importError.environment, environments), notExists(known)))
    .orderBy(asc(importError.environment), asc(importError.file))
    .limit(mostBrokenFiles);
}

/** Import errors of one file, and warnings about the DAG. */
export async function selectDagTroubles(environment: string, pipeline: string) {
  const [importErrors, warnings] = await Promise.all([
    ledger()
      .select({ file: importError.file, text: importError.text, at: importError.at })
      .from(importError)
      .innerJoin(dagSetting, and(eq(dagSetting.environment, importError.environment), eq(dagSetting.pipeline, pipeline), isItsFile))
      .where(eq(importError.environment, environment))
      .orderBy(asc(importError.errorId)),
    ledger()
      .select({ kind: dagWarning.kind, text: dagWarning.text, at: dagWarning.at })
      .from(dagWarning)
      .where(and(eq(dagWarning.environment, environment), eq(dagWarning.pipeline, pipeline)))
      .orderBy(asc(dagWarning.kind)),
  ]);
  return { importErrors, warnings };
}

export async function selectAirflowState(environment: string): Promise<AirflowStateRow | null> {
  const rows = await ledger().select().from(airflowState).where(eq(airflowState.environment, environment));
  return rows[0] ?? null;
}

export async function selectAttemptInput(attemptId: string): Promise<AttemptInputRow | null> {
  const rows = await ledger().select().from(attemptInput).where(eq(attemptInput.attemptId, attemptId));
  return rows[0] ?? null;
}
