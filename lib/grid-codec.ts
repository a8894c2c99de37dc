import type { AttemptState } from "./schemas/attempt";

/** What became of a task in a run; of a mapped one, of its instance that needs somebody most. */
export interface Cell {
  state: AttemptState;
  /** Of the newest try. */
  tries: number;
  /** Null: the task is not mapped. */
  instances: number | null;
  /** Instances that failed. */
  failed: number;
}

/** Equal cells one after another; null where the run has nothing of that task. */
export interface Stretch {
  cell: Cell | null;
  from: number;
  length: number;
}

const letters = {
  failed: "f",
  upstream_failed: "u",
  unknown: "w",
  up_for_retry: "y",
  restarting: "e",
  running: "r",
  deferred: "d",
  up_for_reschedule: "h",
  queued: "q",
  scheduled: "c",
  none: "n",
  removed: "x",
  skipped: "k",
  success: "s",
} satisfies Record<AttemptState, string>;

const stateOf = new Map(Object.entries(letters).map(([state, letter]) => [letter, state as AttemptState]));
const base = 36;

/** `3s`: three good ones; `f~2;`: failed, second try; `s*5000!3;`: mapped, three of 5,000 failed; `2-`: nothing in two runs. */
function cellText(cell: Cell | null): string {
  if (cell === null) return "-";
  const mapped = cell.instances === null ? "" : `*${cell.instances}${cell.failed > 0 ? `!${cell.failed}` : ""}`;
  const more = `${cell.tries > 1 ? `~${cell.tries}` : ""}${mapped}`;
  return `${letters[cell.state]}${more}${more === "" ? "" : ";"}`;
}

export function encodeCells(cells: (Cell | null)[]): string {
  let text = "";
  for (let from = 0; from < cells.length; ) {
    const own = cellText(cells[from] ?? null);
    let length = 1;
    while (from + length < cells.length && cellText(cells[from + length] ?? null) === own) length += 1;
    text += length > 1 ? `${length}${own}` : own;
    from += length;
  }
  return text;
}

const token = /(\d*)([a-z-])(?:~(\d+))?(?:\*(\d+)(?:!(\d+))?)?;?/gy;

/** @throws when the text is not one that encodeCells made */
export function decodeCells(text: string): Stretch[] {
  const stretches: Stretch[] = [];
  let from = 0;
  token.lastIndex = 0;
  for (let at = 0; at < text.length; at = token.lastIndex) {
    const found = token.exec(text);
    if (!found) throw new Error(`not cells of a grid: ${text.slice(at, at + 20)}`);
    const [, many, letter = "", tries, instances, failed] = found;
    const state = stateOf.get(letter);
    if (letter !== "-" && state === undefined) throw new Error(`no state of a cell: ${letter}`);
    const length = many ? Number(many) : 1;
    const cell = state && {
      state,
      tries: Number(tries ?? 1),
      instances: instances === undefined ? null : Number(instances),
      failed: Number(failed ?? 0),
    };
    stretches.push({ cell: cell ?? null, from, length });
    from += length;
  }
  return stretches;
}

function shared(a: string, b: string): number {
  const most = Math.min(a.length, b.length, base - 1);
  let count = 0;
  while (count < most && a[count] === b[count]) count += 1;
  return count;
}

/** Each id without what it shares with the one before it: a digit says how much. Ids have no line breaks: Airflow allows none. */
export function encodeIds(ids: string[]): string {
  return ids
    .map((id, index) => {
      const count = shared(ids[index - 1] ?? "", id);
      return count.toString(base) + id.slice(count);
    })
    .join("\n");
}

export function decodeIds(text: string): string[] {
  const ids: string[] = [];
  if (text === "") return ids;
  for (const line of text.split("\n")) {
    const count = Number.parseInt(line.charAt(0), base);
    ids.push((ids.at(-1) ?? "").slice(0, count) + line.slice(1));
  }
  return ids;
}

/** Numbers of one unit with nulls, shortly. */
export const encodeNumbers = (values: (number | null)[]) =>
  values.map((value) => (value === null ? "" : Math.round(value).toString(base))).join(" ");

export const decodeNumbers = (text: string): (number | null)[] =>
  text.split(" ").map((part) => (part === "" ? null : Number.parseInt(part, base)));
