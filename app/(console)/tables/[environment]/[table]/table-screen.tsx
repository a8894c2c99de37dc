"use client";

import Link from "next/link";
import { TableColumns } from "@/components/tables/table-columns";
import { TableFlow } from "@/components/tables/table-flow";
import { TableLoads } from "@/components/tables/table-loads";
import { WhyChain } from "@/components/tables/why-chain";
import { AsOf } from "@/components/ui/as-of";
import { Pair } from "@/components/ui/facts";
import { Answer, Crumbs, Head } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { State } from "@/components/ui/state";
import { DataThrough, Time } from "@/components/ui/time";
import { pendingRuns, tableSaid } from "@/lib/format/states";
import { listOf, paths } from "@/lib/paths";
import { brokenBy, useLive } from "@/lib/queries/live";
import { tableQueries } from "@/lib/queries/tables";
import type { TableDetail } from "@/lib/schemas/table";

const isBeingLoaded = ({ table }: TableDetail) => table.lastRun !== null && pendingRuns.some((state) => state === table.lastRun?.state);

const question = { late: "Why late?", failed: "Why did it fail?", unknown: "Why unknown?" } as Record<string, string>;

export function TableScreen({ environment, table: name }: { environment: string; table: string }) {
  const query = useLive(tableQueries.detail(environment, name), isBeingLoaded);
  const broken = brokenBy(query);
  const detail = query.data;
  const [schema, ...rest] = name.split(".");
  const crumbs = [
    { name: "Tables", href: listOf(paths.tables, environment) },
    ...(rest.length > 0 ? [{ name: schema ?? "" }, { name: rest.join(".") }] : [{ name }]),
  ];
  if (!detail) {
    return (
      <>
        <Crumbs items={crumbs} />
        <h1 className="text-[1.375rem]/[1.6875rem] font-answer desk:text-[1.625rem]/8">{name}</h1>
        <Honesty page="tables" answer={undefined} broken={broken} />
        <Panel title="Loads" className="mt-4">
          <Ghosts rows={8} label={`Reading ${name}`} />
        </Panel>
      </>
    );
  }
  const { table } = detail;
  const asOf = <AsOf at={detail.asOf} sources={detail.sources} isOld={broken !== null} />;
  return (
    <>
      <Head isTop>
        <Crumbs items={crumbs} />
        <Answer parts={detail.sentence} />
        <p className="mt-1.5 max-w-[92ch] text-ink-2">{table.reason}</p>
        <p className="mt-0.5 text-small text-ink-3">
          Evidence: {table.evidence.description.replace(/\.$/, "")}
          {table.evidence.tookMs !== null && `, read in ${table.evidence.tookMs} ms`}.{" "}
          <span className="ml-1 inline-block align-[-3px]">{asOf}</span>
        </p>
      </Head>
      <Honesty page="tables" answer={detail} broken={broken} />
      <TableFlow detail={detail} />
      <div className="grid items-start gap-4 wide:grid-cols-[minmax(0,1fr)_372px]">
        <TableLoads detail={detail} end={asOf} className="max-wide:order-1" />
        <div className="grid gap-4">
          <Panel title={question[table.state] ?? "Why?"} end={asOf}>
            <WhyChain steps={detail.why} environment={environment} />
          </Panel>
          <Panel title="Facts">
            <dl className="kv px-3.5 pt-1 pb-3.5 desk:px-4">
              <Pair name="State">
                <State {...tableSaid[table.state]} />
              </Pair>
              <Pair name="Data through">
                <DataThrough value={table.dataThrough} />
              </Pair>
              <Pair name="Last load">
                {table.loadedAt ? <Time at={table.loadedAt} hasSeconds /> : <span className="text-mute-ink">none seen</span>}
              </Pair>
              <Pair name="Expected by">
                {table.expectedBy ? <Time at={table.expectedBy} /> : "no deadline"}
                {table.expectedBy && table.expectedZone && <span className="text-ink-3"> set in {table.expectedZone}</span>}
              </Pair>
              {table.nextExpectedBy && (
                <Pair name="Then by">
                  <Time at={table.nextExpectedBy} />
                </Pair>
              )}
              <Pair name="Produced by">
                {table.producedBy ? (
                  <Link href={paths.pipeline(environment, table.producedBy.pipeline)} prefetch={false}>
                    {table.producedBy.pipeline}
                    {table.producedBy.taskId && `, task ${table.producedBy.taskId}`}
                  </Link>
                ) : (
                  <span className="text-mute-ink">unknown</span>
                )}
              </Pair>
              <Pair name="Environment">{environment}</Pair>
            </dl>
          </Panel>
          <TableColumns schema={detail.schema} end={asOf} />
        </div>
      </div>
    </>
  );
}
