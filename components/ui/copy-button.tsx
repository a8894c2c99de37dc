"use client";

import { useState } from "react";
import { Glyph } from "./glyph";

type CopyButtonProps = { text: string | (() => string); label: string; isSmall?: boolean };

const saidMs = 2_000;

/** Copies, and says whether it did: a browser may refuse. */
export function CopyButton({ text, label, isSmall = false }: CopyButtonProps) {
  const [said, say] = useState<"" | "Copied" | "The browser refused">("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === "string" ? text : text());
      say("Copied");
    } catch {
      say("The browser refused");
    }
    setTimeout(() => say(""), saidMs);
  };
  return (
    <>
      <button
        type="button"
        className={isSmall ? "icon" : "btn"}
        aria-label={isSmall ? label : undefined}
        title={isSmall ? label : undefined}
        onClick={() => void copy()}
      >
        <Glyph name={said === "Copied" ? "ok" : "copy"} size={14} />
        {!isSmall && (said || label)}
      </button>
      <span role="status" className="sr-only">
        {said}
      </span>
    </>
  );
}
