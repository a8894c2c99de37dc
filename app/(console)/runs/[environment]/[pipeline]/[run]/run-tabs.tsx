"use client";

import dynamic from "next/dynamic";
import { memo } from "react";
import { type Part, Parts, useOpenPart } from "@/components/ui/tabs";
import { type RunTab, runTabs } from "@/lib/paths";
import type { RunDetail } from "@/lib/schemas/run";

/** `isOld`: the last read of the run failed, so what is shown is from before. */
export type TabProps = { detail: RunDetail; isOld: boolean };

/** In the order of the row. Only the open one is there, and its code comes with it. */
const tabs: Part<RunTab, TabProps>[] = [
  {
    id: "tasks",
    name: "Tasks",
    load: () => import("./tabs/tasks-tab").then((part) => part.TasksTab),
    Content: memo(dynamic(() => import("./tabs/tasks-tab").then((part) => part.TasksTab))),
  },
  {
    id: "log",
    name: "Log",
    load: () => import("./tabs/log-tab").then((part) => part.LogTab),
    Content: memo(dynamic(() => import("./tabs/log-tab").then((part) => part.LogTab))),
  },
  {
    id: "graph",
    name: "Graph",
    load: () => import("./tabs/graph-tab").then((part) => part.GraphTab),
    Content: memo(dynamic(() => import("./tabs/graph-tab").then((part) => part.GraphTab))),
  },
  {
    id: "inputs",
    name: "Inputs and outputs",
    load: () => import("./tabs/inputs-tab").then((part) => part.InputsTab),
    Content: memo(dynamic(() => import("./tabs/inputs-tab").then((part) => part.InputsTab))),
  },
  {
    id: "tables",
    name: "Tables written",
    load: () => import("./tabs/tables-tab").then((part) => part.TablesTab),
    Content: memo(dynamic(() => import("./tabs/tables-tab").then((part) => part.TablesTab))),
  },
  {
    id: "cost",
    name: "Cost",
    load: () => import("./tabs/cost-tab").then((part) => part.CostTab),
    Content: memo(dynamic(() => import("./tabs/cost-tab").then((part) => part.CostTab))),
  },
  {
    id: "compare",
    name: "Compare",
    load: () => import("./tabs/compare-tab").then((part) => part.CompareTab),
    Content: memo(dynamic(() => import("./tabs/compare-tab").then((part) => part.CompareTab))),
  },
  {
    id: "activity",
    name: "Activity",
    load: () => import("./tabs/activity-tab").then((part) => part.ActivityTab),
    Content: memo(dynamic(() => import("./tabs/activity-tab").then((part) => part.ActivityTab))),
  },
];

/** Below what is true of the run as a whole: its parts, one at a time, named in the address. */
export function RunTabs(props: TabProps) {
  const [open, onOpen] = useOpenPart(runTabs);
  return (
    <Parts
      label="Parts of the run"
      parts={tabs}
      open={open}
      onOpen={onOpen}
      content={props}
      contentClass="rounded-[8px] desk:rounded-panel"
    >
      {(_, names, content) => (
        <>
          <div className="mb-3 max-desk:mb-2.5">{names}</div>
          {content}
        </>
      )}
    </Parts>
  );
}
