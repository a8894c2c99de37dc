"use client";

import { RunCostRows } from "@/components/costs/run-cost-rows";
import { Empty } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { plural } from "@/lib/format/count";
import { usdExact } from "@/lib/format/money";
import { byCost, runCostSums } from "@/lib/run-cost";
import type { TabProps } from "../run-tabs";

/** Metered seconds × list price, try by try. */
export function CostTab({ detail: { run, attempts, folded } }: TabProps) {
  const sums = runCostSums(attempts, folded);
  const said = [
    sums.usd === null
      ? sums.metered === 0
        ? "nothing metered"
        : "price unknown"
      : `${sums.unknown > 0 ? "at least " : ""}${usdExact(sums.usd)}`,
    sums.lostUsd !== null && /[1-9]/.test(sums.lostUsd) && `${usdExact(sums.lostUsd)} of it lost to tries that failed`,
    sums.unknown > 0 && `${plural(sums.unknown, "price")} unknown and left out`,
    sums.open > 0 && `${plural(sums.open, "try", "tries")} still counting`,
  ];
  return (
    <Panel title="Cost" note={said.filter(Boolean).join(" · ")}>
      {attempts.length === 0 ? (
        <Empty title="Nothing has run yet.">A container or Glue run is priced from the second it starts.</Empty>
      ) : (
        <RunCostRows run={run} attempts={byCost(attempts)} sums={sums} isPart={folded.length > 0} />
      )}
    </Panel>
  );
}
