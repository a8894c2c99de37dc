"use client";

import { Pair } from "@/components/ui/facts";
import { Panel } from "@/components/ui/panel";
import { Time } from "@/components/ui/time";
import type { RunDetail } from "@/lib/schemas/run";

const typeWords = {
  scheduled: "by its schedule",
  manual: "by hand",
  backfill: "as a backfill",
  asset_triggered: "by its data",
  unknown: "unknown",
};

/** What Airflow knows the run by. */
export function RunDetails({ detail }: { detail: RunDetail }) {
  const { run } = detail;
  return (
    <Panel title="Run" className="max-wide:order-3">
      <dl className="kv px-3.5 pt-1 pb-3.5 desk:px-4">
        <Pair name="DAG run">
          <code>{run.runId}</code>
        </Pair>
        <Pair name="Started">{typeWords[run.type]}</Pair>
        {run.logicalDate && (
          <Pair name="Logical date">
            <Time at={run.logicalDate} />
          </Pair>
        )}
        {run.dataIntervalStart && run.dataIntervalEnd && run.dataIntervalStart !== run.dataIntervalEnd && (
          <Pair name="Data interval">
            <Time at={run.dataIntervalStart} /> to <Time at={run.dataIntervalEnd} />
          </Pair>
        )}
        <Pair name="Environment">{run.environment}</Pair>
      </dl>
    </Panel>
  );
}
