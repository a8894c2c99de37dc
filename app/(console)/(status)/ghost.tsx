import type { ReactNode } from "react";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";

export function StatusGhost({ notice }: { notice?: ReactNode }) {
  return (
    <>
      <p className="mb-1.5 text-small text-ink-3">Can I use the data?</p>
      <h1 className="sr-only">Status</h1>
      <span className="ghost h-8 max-w-xl" />
      <span className="ghost mt-5 mb-2.5 h-2" />
      <span className="ghost mb-5 h-7 max-w-60" />
      {notice}
      <div className="grid items-start gap-4 wide:grid-cols-[minmax(0,1fr)_356px]">
        <Panel title="Tables" note="by name">
          <Ghosts rows={8} label="Reading the tables" />
        </Panel>
        <Panel title="Where this comes from">
          <Ghosts rows={5} label="Reading the sources" />
        </Panel>
      </div>
    </>
  );
}
