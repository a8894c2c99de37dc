import fc from "fast-check";
import { recordedVersions, recordingOf } from "@/server/sources/replay-airflow";

/** Ids as long as a real Airflow let them be, of its whole alphabet: dag, run, task. */
export function recordedLongIds(): { pipeline: string; runId: string; taskId: string }[] {
  return recordedVersions().map((version) => {
    const { task_instances } = recordingOf(version, "long-ids-task-instances").answer as { task_instances: Record<string, string>[] };
    const [{ dag_id = "", dag_run_id = "", task_id = "" } = {}] = task_instances;
    return { pipeline: dag_id, runId: dag_run_id, taskId: task_id };
  });
}

const alphabet = [...new Set(recordedLongIds().flatMap(({ pipeline, runId, taskId }) => [...pipeline, ...runId, ...taskId]))];
const hostile = [
  ..."/%.~?#\\+&=:;@,'\"`<>|*()[]{}^$! \t\n\u202e\u200fאעé日\u0301\u{1f600}\u{10ffff}",
  "..",
  "%2F",
  "%2e%2e",
  "%00",
  "//",
  "👩‍👩‍👧",
  "عربي",
];

/** Of Airflow's own alphabet, up to its limit. */
export const airflowId = fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 250 });

/** What no Airflow should ever answer, and must do no harm: everything but what a PostgreSQL text cannot hold. */
export const hostileId = fc.oneof(
  fc.constantFrom(".", "..", "~", "~..", "~~", "...", "/", "//", "%", "%2F", "%00", "?", "#", " ", "\u202e", "\u{1f600}"),
  fc
    .array(fc.oneof(fc.constantFrom(...hostile), fc.string({ unit: "binary", minLength: 1, maxLength: 1 })), {
      minLength: 1,
      maxLength: 40,
    })
    .map((parts) => parts.join(""))
    .filter((id) => !id.includes("\0")),
);

export const anyId = fc.oneof(airflowId, hostileId);
