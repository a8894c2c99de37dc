import "server-only";
import { and, eq, isNotNull } from "drizzle-orm";
import { ledger } from "../db";
import { ecsTask, environment } from "../schema";

/** Groups in which attempts of an environment write, as far as they are known: Airflow's own and those of its containers. */
export async function selectLogGroups(name: string): Promise<string[]> {
  const [place] = await ledger().select({ group: environment.taskLogGroup }).from(environment).where(eq(environment.name, name));
  const written = await ledger()
    .selectDistinct({ group: ecsTask.logGroup })
    .from(ecsTask)
    .where(and(eq(ecsTask.environment, name), isNotNull(ecsTask.logGroup)))
    .limit(20);
  return [...new Set([place?.group, ...written.map(({ group }) => group)].filter((group) => typeof group === "string"))];
}
