import type { Found } from "./compare-found";
import { explanations, harmfulWay, outside } from "./explains";
import type { FailureClass } from "./schemas/attempt";
import type { Sentence, Tone } from "./schemas/common";
import type { ComparedThing, ThingKind } from "./schemas/compare";
import type { RunState } from "./schemas/run";

/** The failure of the run that is compared; null when it did not fail. */
export interface ComparedFailure {
  class: FailureClass;
  taskId: string;
}

export interface WhatChanged {
  sentence: Sentence;
  summary: string;
  /** Those that explain the failure first, then what else differs, then what is not known, then what is the same. */
  things: ComparedThing[];
}

type Part = Sentence[number];
const plain = (text: string): Part => ({ text });
const toned = (tone: Tone, text: string): Part => ({ text, tone });
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const many = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;

/** What differs, as the middle of a sentence. */
function phrase({ kind, of, before, now, difference, title }: ComparedThing): string {
  const fromTo = before !== null && now !== null ? ` from ${before} to ${now}` : "";
  const phrases: Record<ThingKind, string> = {
    columns: `the columns of ${of} changed, ${difference}`,
    code: `the code changed${fromTo}`,
    image: `the image of ${of} changed`,
    size: `the size of ${of} changed${fromTo}`,
    capacity: `the capacity of ${of} changed${fromTo}`,
    definition: `the task definition of ${of} changed in ${difference}`,
    glue: `the ${title} of ${of} changed${fromTo}`,
    parameters: `the parameter ${of} changed${fromTo}`,
    rows: `the rows of ${of} went${fromTo}`,
    memory: `the peak memory of ${of} went${fromTo}`,
    duration: `the time of ${of} went${fromTo}`,
    tasks: `the DAG has other tasks: ${difference}`,
    interval: `the data interval changed${fromTo}`,
    trigger: `the run was started another way, ${now} instead of ${before}`,
  };
  return phrases[kind];
}

/** Most telling first. */
const order: ThingKind[] = [
  "columns",
  "code",
  "image",
  "size",
  "capacity",
  "definition",
  "glue",
  "parameters",
  "rows",
  "memory",
  "interval",
  "duration",
  "tasks",
  "trigger",
];

function judge({ about, isMore, ...thing }: Found, failure: ComparedFailure | null): ComparedThing {
  const unjudged = { ...thing, explains: null, why: null };
  if (thing.state !== "differs" || !failure) return unjudged;
  if (about !== null && !about.includes(failure.taskId)) {
    return { ...unjudged, explains: "no", why: `${failure.taskId}, which failed, did not run with it.` };
  }
  const way = harmfulWay[thing.kind];
  if (way && isMore !== undefined && isMore !== (way === "more")) {
    return { ...unjudged, explains: "no", why: isMore ? "It had more to work with." : "It had less to do." };
  }
  const isFull = thing.kind === "memory" && failure.class === "out_of_memory" && thing.now?.endsWith("the limit");
  const strength = isFull ? "yes" : explanations[failure.class]?.[thing.kind];
  if (strength === "yes")
    return { ...unjudged, explains: "yes", why: isFull ? "It used all that it had." : "A failure of this kind comes of such a change." };
  if (strength === "maybe") return { ...unjudged, explains: "maybe", why: "It can bring a failure of this kind about." };
  const cause = outside[failure.class];
  return {
    ...unjudged,
    explains: "no",
    why: cause ? `${capital(cause)}: this has no part in it.` : "It does not bring a failure of this kind about.",
  };
}

const rank = ({ state, explains }: ComparedThing) =>
  state === "differs" ? { yes: 0, maybe: 1, no: 2 }[explains ?? "no"] : state === "unknown" ? 3 : 4;

/** The answer to "what changed?": what differs, whether that explains the failure, what is not known. */
export function whatChanged(found: Found[], state: RunState, failure: ComparedFailure | null): WhatChanged {
  const things = found
    .map((each) => judge(each, failure))
    .sort((a, b) => rank(a) - rank(b) || order.indexOf(a.kind) - order.indexOf(b.kind));
  const differing = things.filter((thing) => thing.state === "differs");
  const unknown = things.filter((thing) => thing.state === "unknown");
  const told = failure ? failedSentence(things, differing, failure) : endedSentence(differing, state);
  return { things, sentence: [...told, ...unknownPart(unknown)], summary: summaryOf(things, differing, unknown, failure) };
}

function failedSentence(things: ComparedThing[], differing: ComparedThing[], failure: ComparedFailure): Sentence {
  const [first] = differing;
  const cause = outside[failure.class];
  if (!first)
    return [toned("ok", "Nothing that is recorded changed"), plain(cause ? `: ${cause}.` : `, and yet ${failure.taskId} failed.`)];
  if (first.explains === "yes") return [...notTheCode(things, first), toned("late", phrase(first)), plain(".")].map(begin);
  if (first.explains === "maybe")
    return [...notTheCode(things, first), toned("late", phrase(first)), plain(", which may explain it.")].map(begin);
  const what = differing.length === 1 ? phrase(first) : `${differing.length} things differ`;
  return [
    plain(`${capital(what)}, but `),
    toned("ok", `${differing.length === 1 ? "that does not explain" : "none explains"} the failure`),
    plain(cause ? `: ${cause}.` : "."),
  ];
}

const begin = (part: Part, index: number): Part => (index === 0 ? { ...part, text: capital(part.text) } : part);

/** Data and settings are set against the code where that is known to be the same. */
function notTheCode(things: ComparedThing[], first: ComparedThing): Part[] {
  const isSameCode = things.some(({ kind, state }) => kind === "code" && state === "same");
  const isOfData = ["columns", "rows", "memory", "interval"].includes(first.kind);
  return isSameCode && isOfData ? [plain("the data changed, not the code: ")] : [];
}

function endedSentence(differing: ComparedThing[], state: RunState): Sentence {
  const soFar = state === "running" || state === "queued" ? " so far" : "";
  const [first, second] = differing;
  if (!first) return [toned("ok", `Nothing differs${soFar}`), plain(".")];
  const more = second ? ` and ${differing.length === 2 ? phrase(second) : `${differing.length - 1} other things differ`}` : "";
  return [plain(capital(phrase(first))), plain(`${more}${soFar}.`)];
}

const unknownNames = (things: ComparedThing[]) => [...new Set(things.map(({ title, of }) => (of ? `${title} of ${of}` : title)))];

function unknownPart(unknown: ComparedThing[]): Part[] {
  if (unknown.length === 0) return [];
  const names = unknownNames(unknown);
  const [only] = names;
  return [plain(" "), toned("mute", names.length === 1 ? `The ${only} is not known.` : `${names.length} things are not known.`)];
}

function summaryOf(things: ComparedThing[], differing: ComparedThing[], unknown: ComparedThing[], failure: ComparedFailure | null): string {
  const counted = `${differing.length} of ${many(things.length, "thing")} compared ${differing.length === 1 ? "differs" : "differ"}.`;
  const missing = unknown.length === 0 ? "" : ` Not known: ${unknownNames(unknown).join(", ")}.`;
  if (!failure || differing.length === 0) return counted + missing;
  const counts = (["yes", "maybe", "no"] as const).map((kind) => differing.filter(({ explains }) => explains === kind).length);
  const [yes = 0, maybe = 0, no = 0] = counts;
  if (differing.length === 1)
    return `${counted} It ${yes ? "explains" : maybe ? "may explain" : "does not explain"} the failure.${missing}`;
  const said = [
    yes > 0 && `${yes} ${yes === 1 ? "explains" : "explain"} the failure`,
    maybe > 0 && `${maybe} may${yes > 0 ? "" : " explain the failure"}`,
    no > 0 && `${no} ${no === 1 ? "does" : "do"} not${yes + maybe > 0 ? "" : " explain the failure"}`,
  ].filter(Boolean);
  return `${counted} ${said.join(", ")}.${missing}`;
}
