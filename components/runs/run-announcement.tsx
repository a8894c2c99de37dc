"use client";

import { useState } from "react";
import { useNow } from "@/lib/format/now";
import { runState } from "@/lib/format/run-words";
import type { RunDetail } from "@/lib/schemas/run";

/** Tells a screen reader, politely, when the state of the run changes; what it was when the page was opened is in its heading. */
export function RunAnnouncement({ detail: { run, failure } }: { detail: RunDetail }) {
  const { word } = runState(run, useNow());
  const failed = run.taskCounts.failed;
  const now = `${word}${run.state === "failed" && failure ? `: ${failure.taskId}, ${failure.title}` : ""}${failed > 0 ? `, ${failed} of ${run.taskCounts.total} tasks failed` : ""}`;
  const [first] = useState(now);
  const [hasChanged, setChanged] = useState(false);
  if (!hasChanged && now !== first) setChanged(true);
  return (
    <p role="status" aria-label="State of the run" className="sr-only">
      {hasChanged ? `Run of ${run.pipeline}: ${now}.` : ""}
    </p>
  );
}
