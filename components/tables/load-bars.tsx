import { count, plural } from "@/lib/format/count";
import type { TableLoad } from "@/lib/schemas/table";

const sizeOf = ({ rowsInserted, rowsUpdated }: TableLoad) =>
  rowsInserted === null && rowsUpdated === null ? null : (rowsInserted ?? 0) + (rowsUpdated ?? 0);

/** Rows written by each of the last loads, oldest at the left; a load of unknown size has no height, because a height would be a claim. */
export function LoadBars({ loads }: { loads: TableLoad[] }) {
  const sized = loads.map((load) => ({ key: load.runKey, rows: sizeOf(load) })).reverse();
  const known = sized.flatMap(({ rows }) => (rows === null ? [] : [rows]));
  if (known.length < 2) return null;
  const most = Math.max(...known, 1);
  const newest = sized.at(-1)?.rows ?? null;
  const unknown = sized.length - known.length;
  const said = [
    `Rows written by the last ${plural(sized.length, "load")}: between ${count(Math.min(...known))} and ${count(Math.max(...known))}`,
    `${newest === null ? "an unknown number" : count(newest)} by the newest`,
    unknown > 0 && `${plural(unknown, "load")} of unknown size`,
  ];
  return (
    <figure className="px-3.5 pt-2 pb-3 desk:px-4">
      <div className="bars" role="img" aria-label={said.filter(Boolean).join(", ")}>
        {sized.map(({ key, rows }) => (
          <i
            key={key}
            className={rows === null ? "void" : undefined}
            style={{ "--h": `${rows === null ? 0 : (rows / most) * 100}%` }}
            title={rows === null ? "unknown" : `${count(rows)} rows`}
          />
        ))}
      </div>
      <figcaption className="mt-1.5 flex justify-between text-micro text-ink-3">
        <span>oldest of {sized.length}</span>
        <span>most: {count(most)} rows</span>
        <span>newest</span>
      </figcaption>
    </figure>
  );
}
