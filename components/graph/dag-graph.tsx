"use client";

import type { ComponentType, ReactNode } from "react";
import { Ghosts } from "@/components/ui/notice";
import { onDemand } from "@/components/ui/on-demand";
import type { TaskGroup } from "@/lib/schemas/structure";
import type { GraphTask } from "./model";
import type { TaskLook } from "./task-looks";

export type DagGraphProps = {
  /** Under which name this browser remembers what is folded. */
  id: string;
  tasks: GraphTask[];
  groups: TaskGroup[];
  stateOf: (taskId: string) => TaskLook | null;
  onOpen: (taskId: string) => void;
  critical?: ReadonlySet<string>;
  /** At the left above the graph: which run it shows. */
  bar?: ReactNode;
};

/** The tasks of a DAG with the states of a run; what draws it is loaded when it is looked at. Give stable functions: each new one draws anew. */
export const DagGraph: ComponentType<DagGraphProps> = onDemand(
  () => import("./dag-view").then(({ DagView }) => DagView),
  () => <Ghosts rows={8} label="Drawing the graph" />,
);
