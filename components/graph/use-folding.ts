import { useState } from "react";

/** Which groups are folded, as this tab of the browser left them. */
export function useFolding(key: string, atFirst: () => string[]) {
  const name = `graph ${key}`;
  const [folded, setFolded] = useState<ReadonlySet<string>>(() => {
    const kept = sessionStorage.getItem(name);
    return new Set(kept === null ? atFirst() : kept.split("\n").filter(Boolean));
  });
  const fold = (next: Iterable<string>) => {
    const all = new Set(next);
    sessionStorage.setItem(name, [...all].join("\n"));
    setFolded(all);
  };
  const toggle = (groupId: string) => fold(folded.has(groupId) ? [...folded].filter((each) => each !== groupId) : [...folded, groupId]);
  return { folded, fold, toggle };
}
