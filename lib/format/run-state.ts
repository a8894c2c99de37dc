import type { RunState } from "@/lib/schemas/run";
import { runSaid } from "./states";

/** A run state from text of an older record; null when it is none that exists. */
export const asRunState = (text: string): RunState | null => (text in runSaid ? (text as RunState) : null);
