"use client";

import { SourceList } from "@/components/sources/source-list";
import { LateCases, needsWord } from "@/components/tables/late-cases";
import { NextDue } from "@/components/tables/next-due";
import { TableRows } from "@/components/tables/table-rows";
import { StateCounts, WaterBar } from "@/components/tables/water-bar";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Question, Today } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { Empty } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { brokenBy, useLive } from "@/lib/queries/live";
import { statusQueries } from "@/lib/queries/status";
import StatusGhost from "./loading";

export function StatusScreen({ environment }: { environment: string | undefined }) {
  const query = useLive(statusQueries.detail(environment));
  const status = query.data;
  const broken = brokenBy(query);
  if (!status) return <StatusGhost notice={<Honesty page="status" answer={undefined} broken={broken} />} />;

  const asOf = <AsOf at={status.asOf} sources={status.sources} isOld={broken !== null} />;
  const hasMany = new Set(status.tables.map(({ environment }) => environment)).size > 1;
  const hasTrouble = status.tables.some(needsWord);
  return (
    <>
      <Question>
        <span>Can I use the data?</span>
        <span aria-hidden="true">·</span>
        <Today />
      </Question>
      <Answer parts={status.sentence} />
      <WaterBar counts={status.counts} />
      <StateCounts counts={status.counts} environment={environment} />
      <Honesty page="status" answer={status} broken={broken} />
      <div className="grid items-start gap-4 wide:grid-cols-[minmax(0,1fr)_356px]">
        <div className="grid gap-4">
          {hasTrouble && <LateCases tables={status.tables} end={asOf} />}
          <Panel title="All tables" note="by name" end={asOf}>
            {status.tables.length === 0 ? (
              <Empty title="No tables are configured yet.">Name the tables that people depend on under `tables:` in penstock.yaml.</Empty>
            ) : (
              <TableRows tables={status.tables} label="All tables" hasEnvironment={hasMany} />
            )}
          </Panel>
        </div>
        <div className="grid gap-4">
          <NextDue tables={status.tables} end={asOf} />
          <SourceList environment={environment} />
        </div>
      </div>
    </>
  );
}
