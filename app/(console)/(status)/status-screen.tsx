"use client";

import { SourceList } from "@/components/sources/source-list";
import { LateCases, needsWord } from "@/components/tables/late-cases";
import { NextDue } from "@/components/tables/next-due";
import { TableRows } from "@/components/tables/table-rows";
import { StateCounts, WaterBar } from "@/components/tables/water-bar";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Question, Today } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { NextStep } from "@/components/ui/next-step";
import { Empty } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { count } from "@/lib/format/count";
import { listOf, paths } from "@/lib/paths";
import { brokenBy, useLive } from "@/lib/queries/live";
import { statusQueries } from "@/lib/queries/status";
import { StatusGhost } from "./ghost";

/** So many are listed here; the screen of tables has them all. */
const most = 50;

export function StatusScreen({ environment }: { environment: string | undefined }) {
  const query = useLive(statusQueries.detail(environment));
  const status = query.data;
  const broken = brokenBy(query);
  if (!status) return <StatusGhost notice={<Honesty page="status" answer={undefined} broken={broken} />} />;

  const asOf = <AsOf at={status.asOf} sources={status.sources} isOld={broken !== null} />;
  const hasMany = new Set(status.tables.map(({ environment }) => environment)).size > 1;
  const hasMore = status.tables.length > most;
  const title = hasMore ? "Tables" : "All tables";
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
          <Panel title={title} note={hasMore ? `the first ${most} by name` : "by name"} end={asOf}>
            {status.tables.length === 0 ? (
              <Empty title="No tables are configured yet.">Name the tables that people depend on under `tables:` in penstock.yaml.</Empty>
            ) : (
              <>
                <TableRows tables={status.tables} label={title} hasEnvironment={hasMany} most={most} />
                {hasMore && (
                  <p className="border-t border-line px-3.5 py-2.5 desk:px-4">
                    <NextStep href={listOf(paths.tables, environment)}>All {count(status.tables.length)} tables</NextStep>
                  </p>
                )}
              </>
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
