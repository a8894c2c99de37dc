import { z } from "zod";
import { Failure } from "./attempt";
import { Instant } from "./common";

/** At most `count`, or more than that where `isMore`: beyond it nobody counts. */
const Count = z.object({ count: z.number().int(), isMore: z.boolean() });

const Earlier = z.object({ runId: z.string(), tryNumber: z.number().int(), mapIndex: z.number().int(), failedAt: Instant });

/** `author` null: written in Airflow, by whom is not known. */
const FailureNote = Earlier.extend({ text: z.string(), author: z.string().nullable() });

/**
 * What stands around the first failure of a run: whether it was seen before (in the days before it; `here` is the same task, `anywhere` any of the
 * environment), the note of the last of those that has one, and what else failed. `alike`: further tasks of this run that failed in the same way; `others`: in another, the first of them.
 */
export const FailureContext = z.object({
  days: z.number().int(),
  here: Count,
  anywhere: Count,
  last: Earlier.nullable(),
  note: FailureNote.nullable(),
  alike: z.number().int(),
  others: z.array(
    Failure.pick({ attemptId: true, taskId: true, tryNumber: true, class: true, title: true }).extend({ mapIndex: z.number().int() }),
  ),
  othersCount: z.number().int(),
});
export type FailureContext = z.infer<typeof FailureContext>;
