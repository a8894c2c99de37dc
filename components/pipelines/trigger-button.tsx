"use client";

import { useState } from "react";
import { onDemand } from "@/components/ui/on-demand";
import { isAllowed, whyNotAllowed } from "@/lib/permissions";
import { isSample } from "@/lib/schemas/sample";
import { useUser } from "@/lib/session";

const TriggerDialog = onDemand(() => import("./trigger-dialog").then(({ TriggerDialog: Panel }) => Panel));

type TriggerButtonProps = {
  environment: string;
  pipeline: string;
  isFirst?: boolean;
  /** Open from the start, and told when it closes: for a link that leads straight to the form. */
  isOpen?: boolean;
  onClose?: () => void;
};

/** Starts a run of one pipeline, for those who may; on the pipeline's own page others read why they may not. */
export function TriggerButton({ environment, pipeline, isFirst = false, isOpen = false, onClose }: TriggerButtonProps) {
  const user = useUser();
  const [isPressed, setPressed] = useState(false);
  const name = (
    <span className="truncate desk:max-w-[28ch]" title={pipeline}>
      Trigger {pipeline}
    </span>
  );
  if (!isAllowed(user.role, "run:trigger"))
    return isFirst ? (
      <span className="grid min-w-0 gap-1 max-desk:flex-1 desk:justify-items-end">
        <button type="button" className="btn first max-w-full min-w-0" aria-disabled="true" aria-describedby="trigger-reason">
          {name}
        </button>
        <span id="trigger-reason" className="text-small text-ink-3">
          {whyNotAllowed("run:trigger")}.
        </span>
      </span>
    ) : null;
  if (isSample(environment))
    return isFirst ? (
      <button
        type="button"
        className="btn first max-w-full min-w-0"
        disabled
        title="Sample data of a simulated company: nothing runs there."
      >
        {name}
      </button>
    ) : null;
  const close = () => {
    setPressed(false);
    onClose?.();
  };
  return (
    <>
      <button
        type="button"
        className={isFirst ? "btn first max-w-full min-w-0" : "btn"}
        onPointerEnter={TriggerDialog.load}
        onFocus={TriggerDialog.load}
        onClick={() => setPressed(true)}
      >
        {isFirst ? (
          name
        ) : (
          <>
            Trigger<span className="sr-only"> {pipeline}</span>
          </>
        )}
      </button>
      {(isPressed || isOpen) && <TriggerDialog environment={environment} pipeline={pipeline} onClose={close} />}
    </>
  );
}
