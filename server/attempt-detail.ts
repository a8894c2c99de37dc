import "server-only";
import type { AttemptDetail, DefinitionComparison } from "@/lib/schemas/attempt";
import { definitionChanges, type RanWith } from "@/lib/task-definition-changes";
import type { EcsTaskRow, JoinedAttempt } from "./ledger/read/attempts";
import { selectEarlierTask, selectTaskDefinitions } from "./ledger/read/earlier-attempts";

/** What is told of an attempt's container or Glue run besides its own row: all containers, what they used, and what changed since last time. */
export async function readDetail(joined: JoinedAttempt): Promise<Pick<AttemptDetail, "container" | "spark">> {
  const { ecsTask, glueRun } = joined;
  return {
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
