"use client";

import { Doctor } from "@/components/admin/doctor";
import { SourceRows } from "@/components/admin/source-rows";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Head, Question } from "@/components/ui/heading";
import { Ghosts, Unreadable } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { brokenBy, useLive } from "@/lib/queries/live";
import { sourceQueries } from "@/lib/queries/status";
import { sourcesSentence } from "@/lib/sentences";

export function AdminScreen() {
  const query = useLive(sourceQueries.list());
  const broken = brokenBy(query);
  const page = query.data;
  return (
    <>
      <Head>
        <Question>Can Penstock read what it needs, and what does that cost AWS?</Question>
        {page ? <Answer parts={sourcesSentence(page.items)} /> : <h1 className="sr-only">Admin</h1>}
      </Head>
      <div className="grid gap-4">
        <Panel title="Sources and call budget" end={page && <AsOf at={page.asOf} isOld={broken !== null} />}>
          {page && <SourceRows sources={page.items} />}
          {!page && broken && <Unreadable what="The state of the sources" problem={broken} />}
          {!page && !broken && <Ghosts rows={6} label="Reading the state of the sources" />}
        </Panel>
        <Doctor />
      </div>
    </>
  );
}
