"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import { isAllowed } from "@/lib/permissions";
import { isSample } from "@/lib/schemas/sample";
import { useUser } from "@/lib/session";

const TriggerDialog = dynamic(() => import("./trigger-dialog").then(({ TriggerDialog: Panel }) => Panel), { ssr: false });

type TriggerButtonProps = {
  environment: string;
  pipeline: string;
  isFirst?: boolean;
  /** Open from the start, and told when it closes: for a link that leads straight to the form. */
  isOpen?: boolean;
  onClose?: () => void;
};

/** Starts a run of one pipeline, for those who may; others see nothing here. */
export function TriggerButton({ environment, pipeline, isFirst = false, isOpen = false, onClose }: TriggerButtonProps) {
  const user = useUser();
  const [isPressed, setPressed] = useState(false);
  if (!isAllowed(user.role, "run:trigger")) return null;
  if (isSample(environment))
    return isFirst ? (
      <button type="button" className="btn first" disabled title="Sample data of a simulated company: nothing runs there.">
        Trigger {pipeline}
      </button>
    ) : null;
  const close = () => {
    setPressed(false);
    onClose?.();
  };
  return (
    <>
      <button type="button" className={isFirst ? "btn first" : "btn"} onClick={() => setPressed(true)}>
        Trigger{isFirst ? ` ${pipeline}` : <span className="sr-only"> {pipeline}</span>}
      </button>
      {(isPressed || isOpen) && <TriggerDialog environment={environment} pipeline={pipeline} onClose={close} />}
    </>
  );
}
