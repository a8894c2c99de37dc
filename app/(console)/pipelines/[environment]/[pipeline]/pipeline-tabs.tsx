"use client";

import { useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { memo } from "react";
import { AsOf } from "@/components/ui/as-of";
import { Panel } from "@/components/ui/panel";
import { type Part, Parts, useOpenPart } from "@/components/ui/tabs";
import { gridQueries } from "@/lib/queries/grid";
import type { PipelineDetail } from "@/lib/schemas/pipeline";
import { RunbookTab } from "./runbook-tab";
import { RunsTab } from "./runs-tab";

type TabProps = { detail: PipelineDetail };

const tabIds = ["grid", "graph", "runs", "calendar", "code", "runbook"] as const;
type TabId = (typeof tabIds)[number];

/** In the order of the row. Only the open one is there, and what is heavy is loaded with it. */
const tabs: Part<TabId, TabProps>[] = [
  {
    id: "grid",
    name: "Grid",
    load: () => import("./grid-tab").then((part) => part.GridTab),
    Content: memo(dynamic(() => import("./grid-tab").then((part) => part.GridTab))),
  },
  {
    id: "graph",
    name: "Graph",
    load: () => import("./graph-tab").then((part) => part.GraphTab),
    Content: memo(dynamic(() => import("./graph-tab").then((part) => part.GraphTab))),
  },
  { id: "runs", name: "Runs", Content: memo(RunsTab) },
  {
    id: "calendar",
    name: "Calendar",
    load: () => import("./calendar-tab").then((part) => part.CalendarTab),
    Content: memo(dynamic(() => import("./calendar-tab").then((part) => part.CalendarTab))),
  },
  {
    id: "code",
    name: "Code",
    load: () => import("./code-tab").then((part) => part.CodeTab),
    Content: memo(dynamic(() => import("./code-tab").then((part) => part.CodeTab))),
  },
  { id: "runbook", name: "Runbook", Content: memo(RunbookTab) },
];

const gridFreshMs = 10_000;

export function PipelineTabs({ detail, isOld }: { detail: PipelineDetail; isOld: boolean }) {
  const [open, onOpen] = useOpenPart(tabIds);
  const client = useQueryClient();
  const { environment, pipeline } = detail.pipeline;
  const onNear = (id: TabId) => {
    if (id !== "grid") return;
    const asked = gridQueries.grid(environment, pipeline, {});
    const read = Promise.all([import("@/lib/grid-model"), client.prefetchQuery({ ...asked, staleTime: gridFreshMs })]);
    void read.then(([{ readGrid }]) => {
      const grid = client.getQueryData(asked.queryKey);
      if (grid) readGrid(grid);
    });
  };
  return (
    <Parts
      label="What to see of it"
      parts={tabs}
      open={open}
      onOpen={onOpen}
      onNear={onNear}
      content={{ detail }}
      contentClass="-outline-offset-2!"
    >
      {({ id, name }, names, content) => (
        <Panel
          title={id === "grid" ? "Tasks" : name}
          end={
            <>
              {names}
              <AsOf at={detail.asOf} sources={detail.sources} isOld={isOld} />
            </>
          }
        >
          {content}
        </Panel>
      )}
    </Parts>
  );
}
