import "server-only";
import { AppError } from "./errors";

const most = 3;

/** Known names that resemble an unknown one, the nearest first: what a mistyped link probably meant. */
export function nearNames(wanted: string, known: string[]): string[] {
  const target = wanted.toLowerCase();
  return known
    .map((name) => ({ name, distance: distanceTo(target, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(Math.max(name.length, target.length) / 3)))
    .sort((a, b) => a.distance - b.distance || a.name.localeCompare(b.name))
    .slice(0, most)
    .map(({ name }) => name);
}

/** A `not_found` that says what is there instead. */
export function notFound(what: string, wanted: string, known: string[]): AppError {
  const near = nearNames(wanted, known);
  const remedy =
    near.length > 0
      ? `Did you mean ${near.join(" or ")}?`
      : known.length === 0
        ? `No ${what} is known there yet.`
        : `Known: ${known.slice(0, 5).join(", ")}${known.length > 5 ? ` and ${known.length - 5} more` : ""}.`;
  return new AppError("not_found", `There is no ${what} ${JSON.stringify(wanted.slice(0, 250))}`, { remedy });
}

/** Levenshtein's distance; a name that begins with the other counts as near. */
function distanceTo(a: string, b: string): number {
  if (a.length > 2 && b.length > 2 && (a.startsWith(b) || b.startsWith(a) || b.endsWith(`.${a}`))) return 1;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? Math.max(a.length, b.length);
}
