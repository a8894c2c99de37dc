import type { ReactNode } from "react";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";

export function PipelinesGhost({ notice }: { notice?: ReactNode }) {
  return (
    <>
      <p className="mb-1.5 text-small text-ink-3">What runs when?</p>
      <h1 className="sr-only">Pipelines</h1>
      <span className="ghost mb-5 h-8 max-w-xl" />
      {notice}
      <Panel title="Pipelines" note="by name">
        <Ghosts rows={8} label="Reading the pipelines" />
      </Panel>
    </>
  );
}
