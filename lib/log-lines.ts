import type { LogLevel, LogSource } from "./schemas/attempt";

export interface ParsedMessage {
  level: LogLevel | null;
  text: string;
  fields?: Record<string, unknown>;
}

const LEVELS: Record<string, LogLevel> = {
  CRITICAL: "error",
  FATAL: "error",
  ERROR: "error",
  WARNING: "warning",
  WARN: "warning",
  INFO: "info",
  NOTICE: "info",
  DEBUG: "debug",
  TRACE: "debug",
};

const ESCAPE = String.fromCharCode(27);
const ANSI = new RegExp(
  `${ESCAPE}\\[[0-9;?]*[ -/]*[@-~]|${ESCAPE}\\][^${String.fromCharCode(7)}${ESCAPE}]*(?:${String.fromCharCode(7)}|${ESCAPE}\\\\)`,
  "g",
);

// Airflow 2 ("[2026-11-22T08:00:00.000+0000] {taskinstance.py:1937} ERROR - …", on MWAA in double braces), Spark's log4j ("26/11/22 08:00:00 ERROR TaskSetManager: …"),
// Python's logging ("2026-11-22 08:00:00,123 - ERROR - …") and bare "ERROR: …".
const TEXT_LEVEL = [
  /^\[[^\]]{10,40}\] \{{1,2}[^}]{1,120}\}{1,2} (CRITICAL|ERROR|WARNING|INFO|DEBUG)\b/,
  /^\d{2,4}[-/]\d{2}[-/]\d{2}[ T]\d{2}:\d{2}:\d{2}\S{0,12} (?:\S{0,40} ){0,2}?-? ?(?:\[[^\]]{0,40}\] )?(CRITICAL|FATAL|ERROR|WARNING|WARN|INFO|NOTICE|DEBUG|TRACE)\b/,
  /^\[?(CRITICAL|FATAL|ERROR|WARNING|WARN|INFO|NOTICE|DEBUG|TRACE)\]?(?:[:\s]|$)/,
];
const RAISED = /^(?:Traceback \(most recent call last\):|(?:[A-Za-z_]\w{0,80}\.){0,8}[A-Z]\w{0,80}(?:Error|Exception)(?::|$))/;

/** Level, text and fields of one log message as its writer meant them; `level` is null when the message does not say. */
export function parseLogMessage(_source: LogSource, message: string): ParsedMessage {
  const clean = message.replace(ANSI, "").trimEnd();
  return parseJson(clean) ?? { level: textLevel(clean), text: clean };
}

function textLevel(text: string): LogLevel | null {
  for (const pattern of TEXT_LEVEL) {
    const word = pattern.exec(text)?.[1];
    if (word) return LEVELS[word] ?? null;
  }
  return RAISED.test(text) ? "error" : null;
}

function parseJson(text: string): ParsedMessage | null {
  if (!text.startsWith("{") || !text.endsWith("}")) return null;
  let record: unknown;
  try {
    record = JSON.parse(text);
  } catch {
    return null; // a line that only looks like JSON is shown as it is
  }
  if (record === null || typeof record !== "object" || Array.isArray(record)) return null;
  const { event, level, timestamp: _timestamp, error_detail: detail, ...rest } = record as Record<string, unknown>;
  const said = saidIn(event, rest);
  if (said === null) return null;
  const raised = describeErrorDetail(detail);
  const parsed: ParsedMessage = {
    level: typeof level === "string" ? (LEVELS[level.toUpperCase()] ?? null) : textLevel(said),
    text: [said.replace(ANSI, "").trimEnd(), ...raised].join("\n"),
  };
  if (Object.keys(rest).length > 0) parsed.fields = rest;
  return parsed;
}

/** What happened and in which words: the event names it, `message` or `error` tells it. */
function saidIn(event: unknown, { message, error }: Record<string, unknown>): string | null {
  const told = [message, error].find((each) => typeof each === "string" && each !== "");
  if (typeof event !== "string") return typeof told === "string" ? told : null;
  return typeof told === "string" ? `${event}: ${told}` : event;
}

/** Airflow 3 writes a raised exception as structlog's list, outermost first; the causes come out one a line, the root last. */
function describeErrorDetail(detail: unknown): string[] {
  if (!Array.isArray(detail)) return [];
  return detail.flatMap((entry: unknown) => {
    if (entry === null || typeof entry !== "object") return [];
    const { exc_type: type, exc_value: value } = entry as { exc_type?: unknown; exc_value?: unknown };
    return typeof type === "string" ? [typeof value === "string" && value !== "" ? `${type}: ${value}` : type] : [];
  });
}
