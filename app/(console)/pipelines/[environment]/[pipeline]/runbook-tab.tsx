"use client";

import { PipelineParams } from "@/components/pipelines/pipeline-params";
import { Runbook } from "@/components/pipelines/runbook";
import type { PipelineDetail } from "@/lib/schemas/pipeline";

/** What its file says to do, and what a run of it can be given. */
export function RunbookTab({ detail }: { detail: PipelineDetail }) {
  return (
    <div className="grid items-start wide:grid-cols-2">
      <div className="min-w-0">
        <Runbook text={detail.runbook} />
      </div>
      <section aria-labelledby="parameters" className="min-w-0 max-wide:border-t max-wide:border-line">
        <h3 id="parameters" className="px-3.5 pt-2.5 pb-1 font-strong desk:px-4">
          Parameters <span className="text-small font-text text-ink-3">what a run can be given</span>
        </h3>
        <PipelineParams params={detail.params} />
      </section>
    </div>
  );
}
