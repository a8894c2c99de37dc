import type { WithAttention } from "@/lib/attention";
import { type Place, useHeld } from "@/lib/queries/held";
import { useNamedRuns } from "@/lib/queries/named-runs";
import { placesOf } from "./run-list";

const inOneGroup = <R>(places: Place<R>[]) => places.map((place) => ({ ...place, group: "all" }));

const useLeftRuns = (left: WithAttention[]) => placesOf(useNamedRuns(left));
const useLeftInOneGroup = (left: WithAttention[]) => inOneGroup(useLeftRuns(left));

/** Runs by urgency in places that live data does not move; one that has left the list stays, as it is now. */
export const useHeldRuns = (runs: WithAttention[], listKey: string) => useHeld(placesOf(runs), listKey, useLeftRuns);

/** The same of a list that only time orders. */
export const useHeldInOrder = (runs: WithAttention[], listKey: string) => useHeld(inOneGroup(placesOf(runs)), listKey, useLeftInOneGroup);
