import { useState } from "react";

/** Where a row stands: in which group, and after which others (by its place in the list). */
export type Place<T> = { id: string; group: string; row: T };

/** What has changed since the rows took their places: rows that came, and rows that belong to another group now. */
export function changesSince<T>(held: Place<T>[], current: Place<T>[]): { added: number; moved: number } {
  const groups = new Map(held.map(({ id, group }) => [id, group]));
  let added = 0;
  let moved = 0;
  for (const { id, group } of current) {
    const before = groups.get(id);
    if (before === undefined) added += 1;
    else if (before !== group) moved += 1;
  }
  return { added, moved };
}

/** The held places with the newest content; a row that has left the list stays as it was last. */
export function refreshed<T>(held: Place<T>[], current: Place<T>[]): Place<T>[] {
  const rows = new Map(current.map(({ id, row }) => [id, row]));
  return held.map((place) => ({ ...place, row: rows.get(place.id) ?? place.row }));
}

/** What has left the list, as far as another answer tells what became of it. */
const ofLeft = <T>(current: Place<T>[], elsewhere: Place<T>[]) => {
  const listed = new Set(current.map(({ id }) => id));
  return elsewhere.filter(({ id }) => !listed.has(id));
};

/**
 * Rows that live data never moves: content changes in place, new rows wait until the reader takes them in. Another `listKey` (a filter, a
 * page) is another list. An empty list has nothing to disturb and takes what comes. `useLeft` tells what became of the rows that have left
 * the list: they stay where they are, and stay true.
 */
export function useHeld<T>(current: Place<T>[], listKey: string, useLeft: (left: T[]) => Place<T>[] = useNothing) {
  const [kept, setKept] = useState({ listKey, places: current });
  let held = kept.places;
  if (kept.listKey !== listKey || (held.length === 0 && current.length > 0)) {
    held = current;
    setKept({ listKey, places: current });
  }
  const listed = new Set(current.map(({ id }) => id));
  const elsewhere = useLeft(held.filter(({ id }) => !listed.has(id)).map(({ row }) => row));
  const known = [...current, ...ofLeft(current, elsewhere)];
  const places = refreshed(held, known);
  if (places.some(({ row }, index) => row !== held[index]?.row)) setKept({ listKey, places });
  return {
    places,
    changes: changesSince(held, known),
    takeIn: () => setKept({ listKey, places: current }),
  };
}

const useNothing = () => [];
