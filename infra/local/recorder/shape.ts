/** The types found at each path of a JSON value; items of a list share one path. */
export function shapeOf(value: unknown, path = "", found = new Map<string, Set<string>>()): Map<string, Set<string>> {
  const type = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  found.set(path, (found.get(path) ?? new Set()).add(type));
  if (Array.isArray(value)) for (const each of value) shapeOf(each, `${path}[]`, found);
  else if (typeof value === "object" && value !== null)
    for (const [name, each] of Object.entries(value)) shapeOf(each, `${path}.${name}`, found);
  return found;
}

/** How a live answer's shape differs from the recorded one: fields that came or went, and types that cannot be both. Null goes with any type. */
export function differences(recorded: unknown, live: unknown): string[] {
  const [before, now] = [shapeOf(recorded), shapeOf(live)];
  const problems: string[] = [];
  // Below a list that is empty, or an object that is null, on one side, there is nothing to compare.
  const isReachable = (path: string, other: Map<string, Set<string>>) => {
    const parent = path.endsWith("[]") ? null : path.replace(/\.[^.]*$/, "");
    return parent !== null && other.get(parent)?.has("object") === true;
  };
  for (const [path, types] of before) {
    const others = now.get(path);
    if (!others) {
      if (isReachable(path, now)) problems.push(`${path || "the answer"} is gone`);
      continue;
    }
    const known = [...types].filter((type) => type !== "null");
    const seen = [...others].filter((type) => type !== "null");
    if (known.length > 0 && seen.some((type) => !known.includes(type)))
      problems.push(`${path} is ${seen.join("|")}, was ${known.join("|")}`);
  }
  for (const path of now.keys()) if (!before.has(path) && isReachable(path, before)) problems.push(`${path} is new`);
  return problems;
}
