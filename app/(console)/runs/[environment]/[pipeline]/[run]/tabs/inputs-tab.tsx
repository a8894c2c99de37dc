"use client";

import { useQuery } from "@tanstack/react-query";
import { parseAsInteger, parseAsString, useQueryStates } from "nuqs";
import { AttemptInputsShown } from "@/components/runs/attempt-inputs";
import { GivenParams } from "@/components/runs/given-params";
import { Empty, Ghosts, Unreadable } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { SelectChip } from "@/components/ui/select-chip";
import { attemptSaid } from "@/lib/format/states";
import { taskName, taskRows } from "@/lib/format/task-timeline";
import { givenParams } from "@/lib/given-params";
import { brokenBy } from "@/lib/queries/live";
import { pipelineQueries } from "@/lib/queries/pipelines";
import { useRunRows } from "@/lib/queries/run-rows";
import { chosenAttempt } from "../chosen-attempt";
import { RunDetails } from "../run-details";
import type { TabProps } from "../run-tabs";

/** What the run and each try were given, and what tries handed on. */
export function InputsTab({ detail }: TabProps) {
  const { run, conf } = detail;
  const pipeline = useQuery(pipelineQueries.detail(run.environment, run.pipeline));
  const [asked, ask] = useQueryStates({ task: parseAsString, try: parseAsInteger, map: parseAsInteger });
  const rows = useRunRows(detail, asked) ?? taskRows(detail.attempts);
  const chosen = chosenAttempt(detail, rows, asked);
  const broken = brokenBy(pipeline);
  const params = pipeline.data?.params ?? null;
  return (
    <div className="grid gap-4 wide:grid-cols-2 wide:items-start">
      <div className="grid min-w-0 gap-4">
        <Panel title="What the run was given" note={params === null ? undefined : "beside the DAG's defaults of today"}>
          {pipeline.data || conf !== null ? (
            <GivenParams params={givenParams(params, conf)} isKnown={params !== null} />
          ) : broken ? (
            <Unreadable what="The pipeline's parameters" problem={broken} />
          ) : (
            <Ghosts rows={4} label="Reading the parameters" />
          )}
        </Panel>
        <RunDetails detail={detail} />
      </div>
      <Panel
        title="What a task was given and handed on"
        end={
          chosen && (
            <SelectChip
              name="Task"
              value={chosen.attempt.id}
              options={rows.flatMap((row) =>
                row.tries.map((attempt) => ({
                  value: attempt.id,
                  label: `${taskName(row)}${row.tries.length > 1 ? `, try ${attempt.tryNumber}` : ""}: ${attemptSaid[attempt.state].word.toLowerCase()}`,
                })),
              )}
              onChange={(id) => {
                const attempt = rows.flatMap(({ tries }) => tries).find((each) => each.id === id);
                if (attempt)
                  void ask({ task: attempt.taskId, try: attempt.tryNumber, map: attempt.mapIndex >= 0 ? attempt.mapIndex : null });
              }}
            />
          )
        }
      >
        {chosen ? (
          <AttemptInputsShown key={chosen.attempt.id} attempt={chosen.attempt} />
        ) : (
          <Empty title="No task has been seen yet.">They appear as Airflow schedules them.</Empty>
        )}
      </Panel>
    </div>
  );
}
