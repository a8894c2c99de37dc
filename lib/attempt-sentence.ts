import { durationText } from "./duration-text";
import type { Attempt, Failure } from "./schemas/attempt";
import type { Sentence } from "./schemas/common";

const lowerFirst = (text: string) => (/^[A-Z][a-z ]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text);

/** What became of one try. `now` in milliseconds. */
export function attemptSentence(attempt: Attempt, failure: Failure | null, now: number): Sentence {
  const { tryNumber, state, durationMs, startedAt, ecsTask } = attempt;
  const took = durationMs === null ? "" : ` after ${durationText(durationMs)}`;
  const name = `Try ${tryNumber} `;
  switch (state) {
    case "success":
      return [{ text: name }, { text: "succeeded", tone: "ok" }, { text: `${took}.` }];
    case "failed":
    case "up_for_retry": {
      const code = ecsTask?.exitCode;
      const exit = code === null || code === undefined || code === 0 ? "" : `, exit code ${code}`;
      const why = failure && failure.class !== "unclassified" ? `: ${lowerFirst(failure.title)}${exit}.` : exit ? `${exit}.` : ".";
      return [
        { text: name },
        { text: "failed", tone: "fail" },
        { text: `${took}${why}${state === "up_for_retry" ? " Another one follows." : ""}` },
      ];
    }
    case "running":
    case "deferred":
    case "restarting":
      return [
        { text: name },
        { text: "is running", tone: "run" },
        { text: startedAt === null ? "." : `, for ${durationText(now - Date.parse(startedAt))} so far.` },
      ];
    case "upstream_failed":
      return [{ text: "It did not run", tone: "fail" }, { text: ": a task before it failed." }];
    case "skipped":
      return [{ text: "It was skipped", tone: "mute" }, { text: "." }];
    case "removed":
      return [{ text: "It was removed", tone: "mute" }, { text: " from the DAG." }];
    case "unknown":
      return [{ text: "Its state is not known", tone: "mute" }, { text: "." }];
    default:
      return [{ text: name }, { text: "waits to start", tone: "run" }, { text: "." }];
  }
}
