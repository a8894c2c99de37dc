import type { ReactNode } from "react";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";

export function TablesGhost({ notice }: { notice?: ReactNode }) {
  return (
    <>
      <p className="mb-1.5 text-small text-ink-3">What is there, and how new is it?</p>
      <h1 className="sr-only">Tables</h1>
      <span className="ghost mb-5 h-8 max-w-xl" />
      <span className="ghost mb-3 h-7 max-w-96" />
      {notice}
      <Panel title="Tables" note="by name">
        <Ghosts rows={8} label="Reading the tables" />
      </Panel>
    </>
  );
}
