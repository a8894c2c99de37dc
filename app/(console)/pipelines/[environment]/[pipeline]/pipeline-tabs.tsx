"use client";

import dynamic from "next/dynamic";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Tabs } from "radix-ui";
import { type ComponentType, startTransition } from "react";
import { AsOf } from "@/components/ui/as-of";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { TabNames } from "@/components/ui/tabs";
import type { PipelineDetail } from "@/lib/schemas/pipeline";
import { RunbookTab } from "./runbook-tab";
import { RunsTab } from "./runs-tab";

type Tab = { id: TabId; name: string; title: string; Content: ComponentType<{ detail: PipelineDetail }> };

const tabIds = ["grid", "graph", "runs", "calendar", "code", "runbook"] as const;
type TabId = (typeof tabIds)[number];

const reading = () => <Ghosts rows={8} label="Reading its tasks" />;
const GridTab = dynamic(() => import("./grid-tab").then((module) => module.GridTab), { loading: reading });
const GraphTab = dynamic(() => import("./graph-tab").then((module) => module.GraphTab), { loading: reading });
const CalendarTab = dynamic(() => import("./calendar-tab").then((module) => module.CalendarTab), { loading: reading });
const CodeTab = dynamic(() => import("./code-tab").then((module) => module.CodeTab), { loading: reading });

/** In the order of the row; the first is open by default. Only the open one is there, and what is heavy is loaded with it. */
const tabs: Tab[] = [
  { id: "grid", name: "Grid", title: "Tasks", Content: GridTab },
  { id: "graph", name: "Graph", title: "Graph", Content: GraphTab },
  { id: "runs", name: "Runs", title: "Runs", Content: RunsTab },
  { id: "calendar", name: "Calendar", title: "Calendar", Content: CalendarTab },
  { id: "code", name: "Code", title: "Code", Content: CodeTab },
  { id: "runbook", name: "Runbook", title: "Runbook", Content: RunbookTab },
];

export function PipelineTabs({ detail, isOld }: { detail: PipelineDetail; isOld: boolean }) {
  const [asked, ask] = useQueryState("tab", parseAsStringLiteral(tabIds).withOptions({ scroll: false }));
  const open = tabs.find(({ id }) => id === asked) ?? tabs[0];
  if (!open) return null;
  return (
    <Tabs.Root value={open.id} onValueChange={(id) => startTransition(() => void ask(id === tabs[0]?.id ? null : (id as TabId)))}>
      <Panel
        title={open.title}
        end={
          <>
            <TabNames label="What to see of it" tabs={tabs} />
            <AsOf at={detail.asOf} sources={detail.sources} isOld={isOld} />
          </>
        }
      >
        {tabs.map(({ id, Content }) => (
          <Tabs.Content key={id} value={id} className="-outline-offset-2!">
            <Content detail={detail} />
          </Tabs.Content>
        ))}
      </Panel>
    </Tabs.Root>
  );
}
