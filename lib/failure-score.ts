import { z } from "zod";
import { glue, log, nothing, task } from "./failure-examples";
import collected from "./failure-messages.json";
import { classify, type FailureFacts } from "./failures";
import { FailureClass, type LogLine, LogSource } from "./schemas/attempt";

/** What people reported in public and AWS documents, each with where it stands; its class was decided by reading it. */
export const { failures, harmless } = z
  .strictObject({
    failures: z.array(
      z.strictObject({
        class: FailureClass,
        place: z.enum(["stopped_reason", "container_reason", "glue_error", "log:container", "log:glue", "log:airflow"]),
        text: z.string(),
        source: z.url(),
      }),
    ),
    harmless: z.array(z.strictObject({ from: LogSource, text: z.string(), source: z.string() })),
  })
  .parse(collected);

/** "Something failed, read the log": true of every failure, and no answer. */
export const vague: FailureClass[] = ["unclassified", "container_exit", "glue_error", "python_exception"];

function attemptWith({ place, text }: (typeof failures)[number]): [Partial<FailureFacts>, LogLine[]] {
  if (place === "stopped_reason") return [{ ecsTask: { ...task, stopCode: "TaskFailedToStart", exitCode: null, stoppedReason: text } }, []];
  if (place === "container_reason") return [{ ecsTask: { ...task, exitCode: 137, containerReason: text } }, []];
  if (place === "glue_error") return [{ glueRun: { ...glue, errorMessage: text } }, []];
  const lines = text.split("\n");
  if (place === "log:container") return [{ ecsTask: task }, log("container", ...lines)];
  if (place === "log:glue") return [{ glueRun: glue }, log("glue", ...lines)];
  return [{}, log("airflow", ...lines)];
}

/** Each message with what the rules say of it. */
export const answers = () =>
  failures.map((each) => {
    const [facts, lines] = attemptWith(each);
    return { ...each, found: classify({ ...nothing, ...facts }, lines) };
  });

export type Answer = ReturnType<typeof answers>[number];

export const isMissed = (each: Answer) => each.found.class !== each.class;
/** Another class by name, which sends people to the wrong system. */
export const isConfidentlyWrong = (each: Answer) => isMissed(each) && !vague.includes(each.found.class);
