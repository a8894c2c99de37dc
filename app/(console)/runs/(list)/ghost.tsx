import type { ReactNode } from "react";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";

export function RunsGhost({ notice }: { notice?: ReactNode }) {
  return (
    <>
      <p className="mb-1.5 text-small text-ink-3">What needs me?</p>
      <h1 className="sr-only">Runs</h1>
      <span className="ghost mb-5 h-8 max-w-xl" />
      <span className="ghost mb-3 h-7 max-w-96" />
      {notice}
      <Panel title="Runs">
        <Ghosts rows={10} label="Reading the runs" />
      </Panel>
    </>
  );
}
