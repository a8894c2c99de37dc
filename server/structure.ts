import "server-only";
import type { PipelineStructure, PipelineVersion } from "@/lib/schemas/structure";
import type { User } from "@/lib/schemas/user";
import { allow } from "./auth";
import { honest } from "./health";
import { selectDagSetting, selectDagVersion, selectDagVersions } from "./ledger/read/structure";
import { notFound } from "./near";
import { findPipeline } from "./pipelines";

const notRead = "Airflow has not told it yet.";
const notKept = "This version was replaced before Penstock read it.";

/** Tasks, groups and code of a version, the current one by default. @throws AppError `not_found` with near names */
export async function getPipelineStructure(user: User, environment: string, dag: string, version?: string): Promise<PipelineStructure> {
  allow(user, "read");
  await findPipeline(environment, dag);
  const [rows, setting, honesty] = await Promise.all([
    selectDagVersions(environment, dag),
    selectDagSetting(environment, dag),
    honest(["airflow"], environment),
  ]);
  const current = setting?.currentVersion ?? rows[0]?.version ?? null;
  const versions = rows.map(
    (row): PipelineVersion => ({ ...row, firstSeenAt: row.firstSeenAt.toISOString(), isCurrent: row.version === current }),
  );
  const wanted = version ?? current;
  const found = wanted === null ? null : await selectDagVersion(environment, dag, wanted);
  if (version !== undefined && !found)
    throw notFound(
      "version",
      version,
      rows.map((row) => row.version),
    );
  const reason = found && found.version !== current ? notKept : notRead;
  return {
    ...honesty,
    version: found?.version ?? null,
    versions,
    tasks: found?.tasks ?? [],
    groups: found?.groups ?? [],
    tasksReason: found?.tasks ? null : reason,
    code: found?.code ?? null,
    codeReason: found?.code == null ? (found?.codeReason ?? reason) : null,
  };
}
