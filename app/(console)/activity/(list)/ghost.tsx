import type { ReactNode } from "react";
import { Ghosts } from "@/components/ui/notice";
import { Panel } from "@/components/ui/panel";

export function ActivityGhost({ notice }: { notice?: ReactNode }) {
  return (
    <>
      <p className="mb-1.5 text-small text-ink-3">Who did what, and why?</p>
      <h1 className="sr-only">Activity</h1>
      <span className="ghost mb-5 h-8 max-w-xl" />
      {notice}
      <Panel title="Record" note="newest first, never edited">
        <Ghosts rows={8} label="Reading the record" />
      </Panel>
    </>
  );
}
