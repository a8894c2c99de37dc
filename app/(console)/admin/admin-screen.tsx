"use client";

import { Doctor } from "@/components/admin/doctor";
import { SourceRows } from "@/components/admin/source-rows";
import { AsOf } from "@/components/ui/as-of";
import { Answer, Head, Question } from "@/components/ui/heading";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { plural } from "@/lib/format/count";
import { brokenBy, useLive } from "@/lib/queries/live";
import { sourceQueries } from "@/lib/queries/status";
import type { Sentence } from "@/lib/schemas/common";
import type { SourceList } from "@/lib/schemas/status";

function sentenceOf({ items }: SourceList): Sentence {
  const behind = items.filter(({ state }) => state !== "ok").length;
  if (behind === 0) return [{ text: `All ${items.length} sources are current.` }];
  return [{ text: `${plural(behind, "source is", "sources are")} behind`, tone: "fail" }, { text: `, of ${items.length}.` }];
}

export function AdminScreen() {
  const query = useLive(sourceQueries.list());
  const page = query.data;
  return (
    <>
      <Head>
        <Question>Can Penstock read what it needs, and what does that cost AWS?</Question>
        {page ? <Answer parts={sentenceOf(page)} /> : <h1 className="sr-only">Admin</h1>}
      </Head>
      <div className="grid gap-4">
        <Panel title="Sources and call budget" end={page && <AsOf at={page.asOf} isOld={brokenBy(query) !== null} />}>
          {page ? <SourceRows sources={page.items} /> : <Ghosts rows={6} label="Reading the state of the sources" />}
        </Panel>
        <Doctor />
      </div>
    </>
  );
}
