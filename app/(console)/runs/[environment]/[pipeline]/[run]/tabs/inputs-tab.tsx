"use client";

import { RunDetails } from "../run-details";
import type { TabProps } from "../run-tabs";

/** What the run was given. */
export function InputsTab({ detail }: TabProps) {
  return <RunDetails detail={detail} />;
}
