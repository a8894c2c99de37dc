"use client";

import dynamic from "next/dynamic";
import { parseAsStringLiteral, useQueryState } from "nuqs";
import { Tabs } from "radix-ui";
import { type ComponentType, startTransition } from "react";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";
import { TabNames } from "@/components/ui/tabs";
import { type RunTab, runTabs } from "@/lib/paths";
import type { RunDetail } from "@/lib/schemas/run";

/** `isOld`: the last read of the run failed, so what is shown is from before. */
export type TabProps = { detail: RunDetail; isOld: boolean };

const loading = () => (
  <Panel title="Opening">
    <Ghosts rows={6} label="Opening this part of the run" />
  </Panel>
);

/** In the order of the row; the first is open by default. Only the open one is there, and its code comes with it. */
const tabs: { id: RunTab; name: string; Content: ComponentType<TabProps> }[] = [
  { id: "tasks", name: "Tasks", Content: dynamic(() => import("./tabs/tasks-tab").then((part) => part.TasksTab), { loading }) },
  { id: "log", name: "Log", Content: dynamic(() => import("./tabs/log-tab").then((part) => part.LogTab), { loading }) },
  { id: "graph", name: "Graph", Content: dynamic(() => import("./tabs/graph-tab").then((part) => part.GraphTab), { loading }) },
  {
    id: "inputs",
    name: "Inputs and outputs",
    Content: dynamic(() => import("./tabs/inputs-tab").then((part) => part.InputsTab), { loading }),
  },
  { id: "tables", name: "Tables written", Content: dynamic(() => import("./tabs/tables-tab").then((part) => part.TablesTab), { loading }) },
  { id: "cost", name: "Cost", Content: dynamic(() => import("./tabs/cost-tab").then((part) => part.CostTab), { loading }) },
  { id: "compare", name: "Compare", Content: dynamic(() => import("./tabs/compare-tab").then((part) => part.CompareTab), { loading }) },
  { id: "activity", name: "Activity", Content: dynamic(() => import("./tabs/activity-tab").then((part) => part.ActivityTab), { loading }) },
];

/** Below what is true of the run as a whole: its parts, one at a time, named in the address. */
export function RunTabs(props: TabProps) {
  const [asked, ask] = useQueryState("tab", parseAsStringLiteral(runTabs).withOptions({ scroll: false }));
  const open = tabs.find(({ id }) => id === asked)?.id ?? "tasks";
  return (
    <Tabs.Root value={open} onValueChange={(id) => startTransition(() => void ask(id === "tasks" ? null : (id as RunTab)))}>
      <div className="mb-3 max-desk:mb-2.5">
        <TabNames label="Parts of the run" tabs={tabs} />
      </div>
      {tabs.map(({ id, Content }) => (
        <Tabs.Content key={id} value={id} className="rounded-[8px] desk:rounded-panel">
          <Content {...props} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
