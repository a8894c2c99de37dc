"use client";

import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { TableRows } from "@/components/tables/table-rows";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Head, Question } from "@/components/ui/heading";
import { Honesty } from "@/components/ui/honesty";
import { Empty } from "@/components/ui/notice";
import { Pager } from "@/components/ui/pager";
import { Panel } from "@/components/ui/panel";
import { tableOrder, tableSaid } from "@/lib/format/states";
import { brokenBy, useLive } from "@/lib/queries/live";
import { tableQueries } from "@/lib/queries/tables";
import type { TableFilter } from "@/lib/schemas/table";
import { TablesGhost } from "./ghost";

export function TablesScreen() {
  const [asked, setAsked] = useQueryStates(
    { environment: parseAsString, state: parseAsStringLiteral(tableOrder), cursor: parseAsString },
    { history: "push" },
  );
  const filter: TableFilter = {
    limit: 100,
    ...(asked.cursor && { cursor: asked.cursor }),
    ...(asked.environment && { environment: asked.environment }),
    ...(asked.state && { state: asked.state }),
  };
  const query = useLive(tableQueries.list(filter));
  const broken = brokenBy(query);
  const page = query.data;
  if (!page) return <TablesGhost notice={<Honesty page="tables" answer={undefined} broken={broken} />} />;
  const hasMany = new Set(page.items.map(({ environment }) => environment)).size > 1;
  return (
    <>
      <Head>
        <Question>What is there, and how new is it?</Question>
        <Answer parts={page.sentence} />
      </Head>
      <fieldset className="scrollbar-none -mx-4 mb-3 flex gap-1.5 overflow-x-auto px-4 py-0.5 min-w-0 desk:mx-0 desk:flex-wrap desk:overflow-visible desk:px-0">
        <legend className="sr-only">Tables by state</legend>
        <button type="button" className="chip" aria-pressed={!asked.state} onClick={() => void setAsked({ state: null, cursor: null })}>
          All
        </button>
        {tableOrder.map((state) => (
          <button
            key={state}
            type="button"
            className="chip"
            aria-pressed={asked.state === state}
            onClick={() => void setAsked({ state, cursor: null })}
          >
            {tableSaid[state].word}
          </button>
        ))}
      </fieldset>
      <Honesty page="tables" answer={page} broken={broken} />
      <Panel title="Tables" note="by name" end={<AsOf at={page.asOf} sources={page.sources} isOld={broken !== null} />}>
        {page.items.length === 0 ? (
          <Empty title={asked.state ? `No table is “${tableSaid[asked.state].word.toLowerCase()}” now.` : "No tables are configured yet."}>
            {asked.state ? (
              <button type="button" className="go" onClick={() => void setAsked({ state: null, cursor: null })}>
                Show all tables
              </button>
            ) : (
              "Name the tables that people depend on under `tables:` in penstock.yaml."
            )}
          </Empty>
        ) : (
          <TableRows tables={page.items} label="Tables" hasEnvironment={hasMany} />
        )}
        <Pager
          isFirst={!asked.cursor}
          nextCursor={page.nextCursor}
          onFirst={() => void setAsked({ cursor: null })}
          onNext={(cursor) => void setAsked({ cursor })}
          words={{ first: "First tables", next: "More tables" }}
        />
      </Panel>
    </>
  );
}
