"use client";

import dynamic from "next/dynamic";
import type { ComponentType, ReactNode } from "react";
import { Ghosts } from "@/components/ui/notice";
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
export const DagGraph: ComponentType<DagGraphProps> = dynamic(() => import("./dag-view").then(({ DagView }) => DagView), {
  ssr: false,
  loading: () => <Ghosts rows={8} label="Drawing the graph" />,
});
