import { type FailureMeaning, type FailurePlace, failureMeanings, failureRules } from "./failure-rules";
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
const EVIDENCE_LINES = 5;
// Airflow repeats what the container or Glue run already said, so its line proves a class only when theirs do not.
const ORIGIN = { container: 0, glue: 0, airflow: 1 };

export function isFailedState(state: string): boolean {
  return failedStates.some((failed) => failed === state);
}

/** Title, system, retry and advice of a class, for a failure whose facts were kept. */
export function describeFailure(failureClass: FailureClass): FailureMeaning {
  return failureMeanings[failureClass];
}

/**
 * The class of a failed attempt with what proves it. What AWS states (stop reason, Glue state) comes before the log; in the log the first failure
 * counts, not the last; lines logged as info or warning prove nothing, since what was retried with success is written there.
 */
export function classify(facts: FailureFacts, lines: LogLine[]): Classification {
  const ordered = inOrder(lines);
  const known = factLines(facts);
  if (facts.state === "upstream_failed") return answer("upstream_failed", [], []);

  const stated = statedClass(facts);
  if (stated) return answer(stated.class, known, [stated.line, ...supporting(stated.class, ordered)]);

  const proof = firstProof(ordered);
  if (proof)
    return answer(proof.class, [...known, ...adviceIn(proof.line)], [focus(proof.line, proof.pattern), ...following(ordered, proof.line)]);

  const raised = firstException(ordered);
  if (raised) return answer("python_exception", known, [focus(raised, EXCEPTION), ...following(ordered, raised)]);
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
function statedClass({ ecsTask, glueRun }: FailureFacts): Stated | null {
  const texts: [FailurePlace, string | null | undefined][] = [
    ["container_reason", ecsTask?.containerReason],
    ["stopped_reason", ecsTask?.stoppedReason],
    ["glue_error", glueRun && glueRun.state !== "SUCCEEDED" ? glueRun.errorMessage : null],
  ];
  if (ecsTask?.stopCode === "SpotInterruption")
    return { class: "spot_interruption", line: statement("ECS", ecsTask.stoppedReason ?? "SpotInterruption") };
  if (glueRun?.state === "TIMEOUT")
    return { class: "glue_timeout", line: statement("Glue", `TIMEOUT: ${glueRun.errorMessage ?? "the run was ended at its time limit"}`) };
  for (const [place, text] of texts) {
    const rule = text ? failureRules.find((candidate) => candidate.places.includes(place) && candidate.pattern.test(text)) : undefined;
    if (rule && text) return { class: rule.class, line: statement(place === "glue_error" ? "Glue" : "ECS", text) };
  }
  return null;
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

function firstProof(lines: LogLine[]): { class: FailureClass; line: LogLine; pattern: RegExp } | null {
  for (const rank of [0, 1]) {
    for (const line of lines) {
      if (ORIGIN[line.source] !== rank || !mayProve(line)) continue;
      const rule = failureRules.find((candidate) => candidate.places.includes("log") && candidate.pattern.test(line.text));
      if (rule) return { class: rule.class, line, pattern: rule.pattern };
    }
  }
  return null;
}

function mayProve(line: LogLine): boolean {
  return line.level === "error" || line.level === null;
}

const EXCEPTION = /^(?:[A-Za-z_]\w{0,80}\.){0,8}(?:[A-Z]\w{0,80}(?:Error|Exception|Interrupt)|SystemExit)(?::|$)/m;
// The operator's own way to say "what I waited for failed": no cause.
const WRAPPER =
  /^(?:airflow\.\S{1,80}\.)?(?:AirflowException|AirflowFailException|EcsTaskFailToStart|EcsOperatorError|GlueJobError)(?::|$)/m;

function firstException(lines: LogLine[]): LogLine | null {
  const raised = lines.filter((line) => mayProve(line) && EXCEPTION.test(line.text) && !WRAPPER.test(line.text));
  return raised.find((line) => ORIGIN[line.source] === 0) ?? raised[0] ?? null;
}

/** Log lines that say the same; without one, what the container or Glue run wrote last. */
function supporting(failureClass: FailureClass, lines: LogLine[]): LogLine[] {
  const rules = failureRules.filter((rule) => rule.class === failureClass);
  const proving = lines.flatMap((line) => {
    const rule = mayProve(line) ? rules.find((candidate) => candidate.pattern.test(line.text)) : undefined;
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

/** Later error lines of the same stream, which often hold the detail. */
function following(lines: LogLine[], proof: LogLine): LogLine[] {
  const rest = lines.slice(lines.indexOf(proof) + 1);
  return rest.filter((line) => line.level === "error" && line.stream === proof.stream).slice(0, 2);
}

function fallbackClass(facts: FailureFacts): FailureClass {
  if (facts.glueRun && ["FAILED", "ERROR", "EXPIRED"].includes(facts.glueRun.state)) return "glue_error";
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
