"use client";

import { LoadRows } from "@/components/tables/load-rows";
import { AsOf } from "@/components/ui/as-of";
import { Empty } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { plural } from "@/lib/format/count";
import { isOpen } from "@/lib/format/run-words";
import type { TabProps } from "../run-tabs";

/** What came of the run: each table that it loaded, with its rows, time and dollars. */
export function TablesTab({ detail, isOld }: TabProps) {
  const { run, loads } = detail;
  return (
    <Panel
      title="Tables written"
      note={loads.length > 0 ? plural(loads.length, "load") : undefined}
      end={<AsOf at={detail.asOf} sources={detail.sources} isOld={isOld} />}
    >
      {loads.length === 0 ? (
        <Empty title={isOpen(run) ? "No table has been written yet." : "This run wrote no table."}>
          A table is listed here once its load is on record in the warehouse.
        </Empty>
      ) : (
        <LoadRows loads={loads} environment={run.environment} label="Tables written" hasTable />
      )}
    </Panel>
  );
}
