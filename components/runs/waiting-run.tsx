"use client";

import { useState } from "react";
import { Answer, Crumbs } from "@/components/ui/heading";
import { NextStep } from "@/components/ui/next-step";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { useNow } from "@/lib/format/now";
import { span } from "@/lib/format/time";
import { paths } from "@/lib/paths";
import type { RunId } from "@/lib/schemas/run";

const patienceMs = 60_000;

/** A run that was asked for and has not been seen yet; it turns into the run by itself. */
export function WaitingRun({ id }: { id: RunId }) {
  const now = useNow(1_000);
  const [since] = useState(now);
  const isLong = now - since > patienceMs;
  return (
    <>
      <Crumbs
        items={[
          { name: "Runs", href: paths.runs },
          { name: id.pipeline, href: paths.pipeline(id.environment, id.pipeline) },
          { name: id.runId },
        ]}
      />
      <Answer
        isObject
        parts={
          isLong
            ? [{ text: "Not seen yet. " }, { text: `Airflow has not shown this run for ${span(now - since)}.`, tone: "late" }]
            : [{ text: "Asked for. " }, { text: "Waiting for Airflow to show the run…", tone: "run" }]
        }
      />
      <p className="mt-1.5 mb-4 max-w-[92ch] text-ink-2" role="status">
        {isLong ? (
          <>
            Either no such run was asked for, or Airflow or the collector is behind. <NextStep href={paths.sources}>Sources</NextStep>
          </>
        ) : (
          "This page turns into the run by itself, usually within seconds. Nothing needs to be pressed again."
        )}
      </p>
      <Panel title="Tasks">
        <Ghosts rows={5} label="Waiting for the tasks" />
      </Panel>
    </>
  );
}
