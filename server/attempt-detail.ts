import "server-only";
import type { AttemptDetail, DefinitionComparison } from "@/lib/schemas/attempt";
import { definitionChanges, type RanWith } from "@/lib/task-definition-changes";
import { readPlace, toRef } from "./attempt-place";
import type { EcsTaskRow, JoinedAttempt } from "./ledger/read/attempts";
import { selectLastGoodAttempt, selectTries } from "./ledger/read/compare";
import { selectEarlierTask, selectTaskDefinitions } from "./ledger/read/earlier-attempts";
import { selectAttemptLoads } from "./ledger/read/tables";
import { toTableLoads } from "./tables";

/** What is told of an attempt's container or Glue run besides its own row: all containers, what they used, and what changed since last time. */
export async function readDetail(
  joined: JoinedAttempt,
): Promise<Pick<AttemptDetail, "container" | "spark" | "lastGood" | "tries" | "loads" | "place">> {
  const { attempt, ecsTask, glueRun } = joined;
  const [lastGood, tries, loads, place] = await Promise.all([
    selectLastGoodAttempt(attempt),
    selectTries(attempt),
    selectAttemptLoads(attempt.id).then(toTableLoads),
    readPlace(joined),
  ]);
  return {
    lastGood: lastGood && toRef(lastGood),
    tries: tries.map(toRef),
    loads,
    place,
    container: ecsTask && {
      containers: ecsTask.containers ?? [],
      usage: ecsTask.usage,
      comparison: await compare(joined, ecsTask),
      logGroup: ecsTask.logGroup,
      logStream: ecsTask.logStream,
    },
    spark: glueRun && { metrics: glueRun.metrics },
  };
}

async function compare({ attempt }: JoinedAttempt, task: EcsTaskRow): Promise<DefinitionComparison | null> {
  const earlier = await selectEarlierTask(attempt);
  if (!earlier) return null;
  const definitions = await selectTaskDefinitions(attempt.environment, [task.taskDefinition, earlier.ecsTask.taskDefinition]);
  const ranWith = (row: EcsTaskRow): RanWith | null => {
    const definition = definitions.get(row.taskDefinition);
    return definition ? { definition, ...row } : null;
  };
  const [before, now] = [ranWith(earlier.ecsTask), ranWith(task)];
  return {
    runId: earlier.attempt.runId,
    tryNumber: earlier.attempt.tryNumber,
    wasSuccess: earlier.attempt.state === "success",
    taskDefinition: earlier.ecsTask.taskDefinition,
    changes: before && now ? definitionChanges(before, now) : null,
  };
}
