import "server-only";
import { and, eq, isNotNull } from "drizzle-orm";
import { ledger } from "../db";
import { ecsTask, environment, glueRun } from "../schema";

const most = 200;

/** Groups in which attempts of an environment write, as far as they are known: Airflow's own and those of its containers and Glue runs. */
export async function selectLogGroups(name: string): Promise<string[]> {
  const [place, containers, jobs] = await Promise.all([
    ledger().select({ group: environment.taskLogGroup }).from(environment).where(eq(environment.name, name)),
    ...[ecsTask, glueRun].map((written) =>
      ledger()
        .selectDistinct({ group: written.logGroup })
        .from(written)
        .where(and(eq(written.environment, name), isNotNull(written.logGroup)))
        .limit(most),
    ),
  ]);
  const groups = [place, containers, jobs].flatMap((rows) => (rows ?? []).map(({ group }) => group));
  return [...new Set(groups.filter((group) => typeof group === "string"))];
}
