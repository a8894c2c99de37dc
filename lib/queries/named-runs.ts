import { isOpen } from "@/lib/format/run-words";
import { runPath } from "@/lib/paths";
import type { Run, RunListItem } from "@/lib/schemas/run";
import { useLive } from "./live";
import { runQueries } from "./runs";

/** What an address carries with all servers and proxies on the way, and the door takes. */
const most = { characters: 6_000, runs: 25 };

/** Those of these runs that one request carries, as they are now; first of all those that had not ended. None until they are read. */
export function useNamedRuns(runs: Run[]): RunListItem[] {
  const environments = new Set(runs.map(({ environment }) => environment));
  const names = {
    environment: environments.size === 1 ? runs[0]?.environment : undefined,
    runs: namesOf([...runs.filter(isOpen), ...runs.filter((run) => !isOpen(run))]),
  };
  const { data } = useLive({ ...runQueries.named(names), enabled: runs.length > 0 }, ({ items }) => items.some(isOpen));
  return data?.items ?? none;
}

const none: RunListItem[] = [];

function namesOf(runs: Run[]): string {
  let names = "";
  for (const run of runs.slice(0, most.runs)) {
    const longer = names === "" ? runPath(run) : `${names},${runPath(run)}`;
    if (encodeURIComponent(longer).length > most.characters) break;
    names = longer;
  }
  return names;
}
