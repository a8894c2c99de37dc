import { type FailureMeaning, type FailurePlace, type FailureRule, failureMeanings, failureRules, glueCategories } from "./failure-rules";
import type { AttemptState, FailureClass, LogLine } from "./schemas/attempt";

/** What is known of a failed attempt besides its log; null: no container, or no Glue run, is joined to it. */
export interface FailureFacts {
  state: AttemptState;
  operator: string | null;
  ecsTask: {
    lastStatus: string;
    stopCode: string | null;
    stoppedReason: string | null;
    exitCode: number | null;
    containerReason: string | null;
    memoryMib: number | null;
  } | null;
  glueRun: { state: string; errorMessage: string | null; timeoutMinutes: number | null; executionSeconds: number | null } | null;
}

export interface Classification extends FailureMeaning {
  class: FailureClass;
  facts: string[];
  evidence: LogLine[];
}

const failedStates: AttemptState[] = ["failed", "upstream_failed", "up_for_retry"];
const EVIDENCE_LINES = 3;

export function isFailedState(state: string): boolean {
  return failedStates.some((failed) => failed === state);
}

/** Title, system, retry and advice of a class, for a failure whose facts were kept. */
export function describeFailure(failureClass: FailureClass): FailureMeaning {
  return failureMeanings[failureClass];
}

/**
 * The class of a failed attempt with the lines that prove it. What AWS states (stop reason, Glue state) comes before the log; in the log the first
 * failure counts, not the last, and what Airflow repeats proves nothing that the container or Glue run itself does not.
 */
export function classify(facts: FailureFacts, lines: LogLine[]): Classification {
  if (facts.state === "upstream_failed") return answer("upstream_failed", [], []);
  const known = factLines(facts);
  const ordered = inOrder(lines);

  const stated = statedClass(facts);
  if (stated) return answer(stated.class, known, [stated.line, ...supporting(stated.class, ordered)]);

  const suspects = ordered.filter((line) => !hasSucceeded(facts, line));
  const proof = firstProof(suspects);
  if (proof)
    return answer(proof.class, [...known, ...adviceIn(proof.line)], [focus(proof.line, proof.pattern), ...following(ordered, proof.line)]);

  const category = categoryOf(facts);
  if (category && category.class !== "glue_error")
    return answer(category.class, known, [category.line, ...supporting(category.class, suspects)]);

  const raised = firstException(suspects);
  if (raised) return answer("python_exception", known, [focus(raised, EXCEPTION), ...following(ordered, raised)]);
  if (category && RAISED_IN_GLUE.test(category.line.text))
    return answer("python_exception", known, [category.line, ...firstErrors(suspects)]);
  return answer(fallbackClass(facts), known, firstErrors(ordered));
}

function answer(failureClass: FailureClass, facts: string[], evidence: LogLine[]): Classification {
  return { class: failureClass, ...failureMeanings[failureClass], facts, evidence: evidence.slice(0, EVIDENCE_LINES) };
}

interface Stated {
  class: FailureClass;
  line: LogLine;
}

/** What ECS or Glue states, in its own words. */
function statedClass(facts: FailureFacts): Stated | null {
  const { ecsTask, glueRun } = facts;
  const texts: [FailurePlace, string | null | undefined][] = [
    ["container_reason", ecsTask?.containerReason],
    ["stopped_reason", ecsTask?.stoppedReason],
    ["glue_error", glueRun && glueRun.state !== "SUCCEEDED" ? glueRun.errorMessage : null],
  ];
  const stopped = ecsTask?.stopCode ? stopCodes[ecsTask.stopCode] : undefined;
  if (stopped) return { class: stopped, line: statement("ECS", ecsTask?.stoppedReason ?? ecsTask?.stopCode ?? "") };
  if (glueRun?.state === "TIMEOUT")
    return { class: "glue_timeout", line: statement("Glue", `TIMEOUT: ${glueRun.errorMessage ?? "the run was ended at its time limit"}`) };
  for (const [place, text] of texts) {
    const rule = text ? failureRules.find((candidate) => candidate.places.includes(place) && candidate.pattern.test(text)) : undefined;
    if (rule && text) return { class: rule.class, line: statement(place === "glue_error" ? "Glue" : "ECS", text) };
  }
  const category = categoryOf(facts);
  return category?.isDecisive ? category : null;
}

// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html; the other codes say how it stopped, not why.
const stopCodes: Partial<Record<string, FailureClass>> = { SpotInterruption: "spot_interruption", TerminationNotice: "host_terminated" };

/** What Glue itself calls the error, with its message. */
function categoryOf({ glueRun }: FailureFacts): (Stated & { isDecisive: boolean }) | null {
  if (!glueRun?.errorMessage || glueRun.state === "SUCCEEDED") return null;
  const name = /^Error Category: ([A-Z_]{1,60})/.exec(glueRun.errorMessage)?.[1] ?? "";
  const category = glueCategories[name] ?? { class: "glue_error", isDecisive: false };
  return { ...category, line: statement("Glue", glueRun.errorMessage) };
}

function statement(who: "ECS" | "Glue", text: string): LogLine {
  return {
    id: `stated-by-${who.toLowerCase()}`,
    at: null,
    source: who === "ECS" ? "container" : "glue",
    stream: who,
    level: "error",
    text,
  };
}

/** Lines of a container or Glue run that ended well: the attempt failed of something else. */
function hasSucceeded({ ecsTask, glueRun }: FailureFacts, { source }: LogLine): boolean {
  if (source === "container") return ecsTask?.exitCode === 0;
  return source === "glue" && glueRun?.state === "SUCCEEDED";
}

interface Proof {
  class: FailureClass;
  line: LogLine;
  pattern: RegExp;
}

/** The first line at its origin that proves a class; without one, the first that Airflow wrote about the work of another. */
function firstProof(lines: LogLine[]): Proof | null {
  let repeated: Proof | null = null;
  for (const line of lines) {
    const rule = failureRules.find((candidate) => candidate.places.includes("log") && proves(candidate, line));
    if (!rule) continue;
    const proof = { class: rule.class, line, pattern: rule.pattern };
    if (line.source !== "airflow" || rule.isAirflows) return proof;
    repeated ??= proof;
  }
  return repeated;
}

function proves(rule: FailureRule, line: LogLine): boolean {
  const isSaidLoudEnough = rule.levels === "any" || (rule.levels === "error" ? line.level === "error" : mayProve(line));
  return isSaidLoudEnough && rule.pattern.test(line.text) && !WILL_BE_RETRIED.test(line.text);
}

/** What was retried with success is written as a warning or as information. */
function mayProve(line: LogLine): boolean {
  return line.level === "error" || line.level === null;
}

const WILL_BE_RETRIED = /\b(?:[Rr]etrying|RETRYING|[Ww]ill (?:be )?retr(?:y|ied)|[Rr]econnecting)\b/;
const EXCEPTION = /^(?:[A-Za-z_]\w{0,80}\.){0,8}(?:[A-Z]\w{0,80}(?:Error|Exception|Interrupt)|SystemExit)(?::|$)/m;
const OF_JAVA = /^(?:com|java|javax|org|scala|software|net)\..{0,300}(?:Error|Exception)(?::|$)/m;
// The operator's own way to say "what I waited for failed": no cause.
const WRAPPER =
  /^(?:airflow\.\S{1,80}\.)?(?:AirflowException|AirflowFailException|EcsTaskFailToStart|EcsOperatorError|ECSOperatorError|GlueJobError|TaskDeferralError)(?::|$)/m;
const RAISED_IN_GLUE = /^(?:Error Category: [A-Z_]{1,60}; )?(?:Failed Line Number: \d{1,6}; )?[A-Z]\w{0,80}(?:Error|Exception): /;

function firstException(lines: LogLine[]): LogLine | null {
  const raised = lines.filter(
    (line) => mayProve(line) && EXCEPTION.test(line.text) && !WRAPPER.test(line.text) && !OF_JAVA.test(line.text),
  );
  return raised.find((line) => line.source !== "airflow") ?? raised[0] ?? null;
}

/** Log lines that say the same; without one, what the container or Glue run wrote last. */
function supporting(failureClass: FailureClass, lines: LogLine[]): LogLine[] {
  const rules = failureRules.filter((rule) => rule.class === failureClass);
  const proving = lines.flatMap((line) => {
    const rule = rules.find((candidate) => proves(candidate, line));
    return rule ? [focus(line, rule.pattern)] : [];
  });
  return proving.length > 0 ? proving : lines.filter((line) => line.source !== "airflow").slice(-2);
}

const AROUND = 200;

/** Of a long or many-lined text only the part that proves: Airflow repeats the whole log of a container in one line. */
function focus(line: LogLine, pattern: RegExp): LogLine {
  if (line.text.length <= 2 * AROUND && !line.text.includes("\n")) return line;
  const at = pattern.exec(line.text)?.index ?? 0;
  const begin = line.text.lastIndexOf("\n", at) + 1;
  const end = line.text.indexOf("\n", at);
  const own = line.text.slice(begin, end < 0 ? undefined : end);
  if (own.length <= 2 * AROUND) return { ...line, text: own };
  const from = Math.max(0, at - begin - AROUND);
  const to = Math.min(own.length, at - begin + 2 * AROUND);
  return { ...line, text: `${from > 0 ? "…" : ""}${own.slice(from, to)}${to < own.length ? "…" : ""}` };
}

function firstErrors(lines: LogLine[]): LogLine[] {
  const errors = lines.filter((line) => line.level === "error");
  return errors.length > 0 ? errors : lines.slice(-1);
}

/** What the code that failed advises by itself, as our extractor and load do. */
function adviceIn({ fields }: LogLine): string[] {
  return typeof fields?.remedy === "string" ? [`It says: ${fields.remedy}`] : [];
}

const TELLS_MORE = /^\s{0,8}(?:DETAIL|Detail|HINT|Hint|CONTEXT|Where|Caused by):/;

/** Later lines of the same stream that are errors or tell more of this one. */
function following(lines: LogLine[], proof: LogLine): LogLine[] {
  const rest = lines.slice(lines.indexOf(proof) + 1).filter((line) => line.stream === proof.stream);
  return rest.filter((line) => line.level === "error" || (line.level === null && TELLS_MORE.test(line.text))).slice(0, EVIDENCE_LINES - 1);
}

function fallbackClass(facts: FailureFacts): FailureClass {
  if (facts.glueRun && ["FAILED", "ERROR", "EXPIRED"].includes(facts.glueRun.state)) return "glue_error";
  if (facts.ecsTask?.stopCode === "UserInitiated") return "task_killed";
  if (facts.ecsTask && facts.ecsTask.exitCode !== null && facts.ecsTask.exitCode !== 0) return "container_exit";
  return "unclassified";
}

function factLines({ ecsTask, glueRun }: FailureFacts): string[] {
  const facts: string[] = [];
  if (ecsTask) {
    if (ecsTask.exitCode !== null) facts.push(`Exit code ${ecsTask.exitCode}${signalOf(ecsTask.exitCode)}`);
    if (ecsTask.containerReason) facts.push(ecsTask.containerReason);
    if (ecsTask.stoppedReason && ecsTask.stoppedReason !== ecsTask.containerReason) facts.push(ecsTask.stoppedReason);
    if (ecsTask.stopCode) facts.push(`Stop code ${ecsTask.stopCode}`);
    if (ecsTask.memoryMib !== null) facts.push(`Task size ${ecsTask.memoryMib} MiB`);
  }
  if (glueRun) {
    facts.push(`Glue state ${glueRun.state}`);
    if (glueRun.errorMessage) facts.push(glueRun.errorMessage);
    if (glueRun.state === "TIMEOUT" && glueRun.timeoutMinutes !== null) facts.push(`Time limit ${glueRun.timeoutMinutes} min`);
    if (glueRun.executionSeconds) facts.push(`Ran for ${glueRun.executionSeconds} s`);
  }
  return facts;
}

function signalOf(exitCode: number): string {
  const names: Record<number, string> = { 134: "SIGABRT", 137: "SIGKILL", 139: "SIGSEGV", 143: "SIGTERM" };
  return names[exitCode] ? ` (${names[exitCode]})` : "";
}

/** By time; a line without one stays after the line it followed. */
function inOrder(lines: LogLine[]): LogLine[] {
  let last = Number.NEGATIVE_INFINITY;
  const timed = lines.map((line, index) => {
    if (line.at !== null) last = Date.parse(line.at);
    return { line, index, time: last };
  });
  return timed.sort((a, b) => (a.time === b.time ? a.index - b.index : a.time - b.time)).map((entry) => entry.line);
}
