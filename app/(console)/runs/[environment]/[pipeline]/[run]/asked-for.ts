import type { RunId } from "@/lib/schemas/run";

/** Runs that Penstock starts carry its own id, so one of them may be known to the reader before the ledger has seen it. */
export const isAskedFor = ({ runId }: RunId) => runId.startsWith("penstock__");
