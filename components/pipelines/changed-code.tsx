"use client";

import { Diff } from "@/components/ui/diff";
import { Empty, Ghosts, Unreadable } from "@/components/ui/notice";
import { plural } from "@/lib/format/count";
import { sentences } from "@/lib/format/sentence";
import { versionName } from "@/lib/format/version";
import { brokenBy, useLive } from "@/lib/queries/live";
import { pipelineQueries } from "@/lib/queries/pipelines";

type ChangedCodeProps = { pipeline: { environment: string; pipeline: string }; before: string; now: string };

/** What changed in a DAG's file from one version to another. */
export function ChangedCode({ pipeline: { environment, pipeline }, before, now }: ChangedCodeProps) {
  const older = useLive(pipelineQueries.structure(environment, pipeline, before));
  const newer = useLive(pipelineQueries.structure(environment, pipeline, now));
  const broken = brokenBy(older.data ? newer : older);
  if (!older.data || !newer.data)
    return broken ? <Unreadable what="The other version" problem={broken} /> : <Ghosts rows={6} label="Reading both versions" />;
  const lacking = [older.data, newer.data].find(({ code }) => code === null);
  if (lacking)
    return (
      <Empty title={`The code of ${versionName(lacking.version ?? "")} is not here, so nothing can be compared.`}>
        {sentences(lacking.codeReason)}
      </Empty>
    );
  return (
    <Diff
      label={`What changed from ${versionName(before)} to ${versionName(now)}`}
      before={older.data.code ?? ""}
      after={newer.data.code ?? ""}
      whenAlike={`No line differs, of ${plural((newer.data.code ?? "").split("\n").length, "line")}.`}
    />
  );
}
