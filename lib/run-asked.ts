import { failureWord } from "./format/states";
import type { RunFilter } from "./schemas/run";

/** What the address of the list of runs may ask, in the order of its chips; the last two are the place in it. */
export const askedNames = [
  "show",
  "state",
  "pipeline",
  "environment",
  "type",
  "who",
  "last",
  "since",
  "until",
  "longerThanMs",
  "shorterThanMs",
  "parameter",
  "errorClass",
  "table",
  "cursor",
  "before",
] as const;
export type AskedName = (typeof askedNames)[number];
export type Asked = Record<AskedName, string | null>;

const isOf =
  (...words: string[]) =>
  (text: string) =>
    words.includes(text);
const isTime = (text: string) => /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) && !Number.isNaN(Date.parse(text));
const isMs = (text: string) => /^\d{1,11}$/.test(text) && Number(text) <= 31_536_000_000;
const isName = (text: string) => text.length <= 500;

const isGood: Record<AskedName, (text: string) => boolean> = {
  show: isOf("all", "attention"),
  state: isOf("queued", "running", "success", "failed"),
  pipeline: isName,
  environment: isName,
  type: isOf("scheduled", "manual", "backfill", "asset_triggered", "unknown"),
  who: isName,
  last: isOf("1h", "24h", "7d", "30d"),
  since: isTime,
  until: isTime,
  longerThanMs: isMs,
  shorterThanMs: isMs,
  parameter: (text) => text.length <= 200,
  errorClass: (text) => Object.hasOwn(failureWord, text),
  table: isName,
  cursor: (text) => text.length <= 6_000,
  before: (text) => text.length <= 6_000,
};

/** What was asked, without what cannot be: a bad link shows the default list. */
export function askedOf(given: Record<string, string | string[] | null | undefined>): Asked {
  const of = (name: AskedName) => {
    const text = given[name];
    return typeof text === "string" && text !== "" && isGood[name](text) ? text : null;
  };
  return Object.fromEntries(askedNames.map((name) => [name, of(name)])) as Asked;
}

/** The names of the filters that are set; the environment is chosen for all pages and is none. */
export const setFilters = (asked: Asked) =>
  askedNames.filter((name) => !["show", "environment", "cursor", "before"].includes(name) && asked[name] !== null);

/** Without a word the list is of what needs attention; with a filter, of all that it lets through. */
export const shown = (asked: Asked): "all" | "attention" =>
  asked.show === "all" || asked.show === "attention" ? asked.show : setFilters(asked).length > 0 ? "all" : "attention";

const numbers: AskedName[] = ["longerThanMs", "shorterThanMs"];

export function filterOf(asked: Asked, limit = 25): RunFilter {
  const given = askedNames.filter((name) => name !== "show" && asked[name] !== null);
  const values = given.map((name) => [name, numbers.includes(name) ? Number(asked[name]) : asked[name]]);
  return { limit, ...(shown(asked) === "attention" && { show: "attention" as const }), ...Object.fromEntries(values) };
}

/** The filter as a saved view has it: in the order of its names, without a place in the list. */
export function viewQuery(asked: Asked): string {
  const given = setFilters(asked).map((name) => [name, asked[name] ?? ""] as [string, string]);
  const show: [string, string][] = given.length === 0 || shown(asked) === "attention" ? [["show", shown(asked)]] : [];
  return new URLSearchParams([...show, ...given].sort(([a], [b]) => (a < b ? -1 : 1))).toString();
}

/** The same, of a text as another wrote it. */
export const sameView = (query: string, asked: Asked): boolean =>
  viewQuery(askedOf(Object.fromEntries(new URLSearchParams(query)))) === viewQuery(asked);
