"use client";

import { useState } from "react";
import { AsOf } from "@/components/ui/as-of";
import { Empty, Ghosts, Notice } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { plural } from "@/lib/format/count";
import { ApiError } from "@/lib/queries/api";
import { examine } from "@/lib/queries/doctor";
import type { DoctorReport } from "@/lib/schemas/doctor";
import { CheckRows } from "./check-rows";

type Examination = { is: "none" } | { is: "running" } | { is: "done"; report: DoctorReport } | { is: "broken"; why: string };

function verdict({ isHealthy, checks }: DoctorReport): string {
  const bad = checks.filter(({ state }) => state === "missing" || state === "failed").length;
  if (bad === 0) return `Everything that is needed is there: ${plural(checks.length, "thing was", "things were")} tried.`;
  return isHealthy
    ? "What is needed is there; something optional is not."
    : `${plural(bad, "thing that is", "things that are")} needed cannot be had.`;
}

/** Tries on request what Penstock needs of AWS, the warehouse and its ledger. */
export function Doctor() {
  const [now, setNow] = useState<Examination>({ is: "none" });
  async function run() {
    setNow({ is: "running" });
    try {
      setNow({ is: "done", report: await examine() });
    } catch (error) {
      setNow({ is: "broken", why: error instanceof ApiError ? error.problem.detail : String(error) });
    }
  }
  return (
    <Panel
      title="Permission doctor"
      note="tries each, changes nothing"
      end={
        <>
          {now.is === "done" && <AsOf at={now.report.asOf} />}
          <button type="button" className="btn first" disabled={now.is === "running"} onClick={() => void run()}>
            {now.is === "running" ? "Examining…" : "Examine"}
          </button>
        </>
      }
    >
      {now.is === "none" && (
        <Empty title="Not examined yet.">
          Each AWS action, login and table that the configuration needs is tried with its own role; what is refused is named with its
          resource and the pages that miss it. <code>npm run doctor</code> says the same.
        </Empty>
      )}
      {now.is === "running" && <Ghosts rows={8} label="Trying each permission" />}
      {now.is === "broken" && (
        <div className="px-3.5 desk:px-4">
          <Notice tone="fail" glyph="lost">
            {now.why}
          </Notice>
        </div>
      )}
      {now.is === "done" && (
        <>
          <div className="px-3.5 desk:px-4">
            <Notice tone={now.report.isHealthy ? "ok" : "fail"} glyph={now.report.isHealthy ? "ok" : "block"}>
              {verdict(now.report)}
            </Notice>
          </div>
          <CheckRows checks={now.report.checks} />
        </>
      )}
    </Panel>
  );
}
