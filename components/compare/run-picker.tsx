"use client";

import { useRouter } from "next/navigation";
import { useRef, useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { onDemand } from "@/components/ui/on-demand";
import { usePainted } from "@/components/ui/use-painted";
import type { RunId } from "@/lib/schemas/run";

const RunChoices = onDemand(() => import("./run-choices").then((part) => part.default));

type RunPickerProps = { id: RunId; chosen: string | null; isLastGood: boolean; hrefOf: (runId?: string) => string };

/** Which run to lay beside this one: the last good one, one of the newest, or any whose id is pasted. */
export function RunPicker({ id, chosen, isLastGood, hrefOf }: RunPickerProps) {
  const [isOpen, setOpen] = useState(false);
  const isDrawn = usePainted(isOpen);
  const button = useRef<HTMLButtonElement>(null);
  const router = useRouter();
  const choose = (runId?: string) => {
    setOpen(false);
    router.push(hrefOf(runId), { scroll: false });
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        className="btn"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        onPointerEnter={() => RunChoices.load()}
        onClick={() => setOpen(!isOpen)}
      >
        Against <b>{isLastGood ? "last good run" : "chosen run"}</b> <Glyph name="down" size={12} />
      </button>
      {isOpen && isDrawn && <RunChoices button={button} id={id} chosen={chosen} onChoose={choose} onClose={() => setOpen(false)} />}
    </>
  );
}
