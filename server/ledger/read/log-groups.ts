import "server-only";
import { and, eq, isNotNull } from "drizzle-orm";
import { ledger } from "../db";
import { ecsTask, environment, glueRun } from "../schema";

const most = 200;

export interface WrittenGroups {
  /** Airflow's and those of containers. */
  own: string[];
  /** Of Glue jobs: what their groups' names begin with. */
  ofJobs: string[];
}

/** Groups in which attempts of an environment write, as far as they are known. */
export async function selectLogGroups(name: string): Promise<WrittenGroups> {
  const [place, containers, jobs] = await Promise.all([
    ledger().select({ group: environment.taskLogGroup }).from(environment).where(eq(environment.name, name)),
    writtenIn(name, ecsTask),
    writtenIn(name, glueRun),
  ]);
  const own = [...place, ...containers].map(({ group }) => group);
  return { own: distinct(own), ofJobs: distinct(jobs.map(({ group }) => group)) };
}

const distinct = (groups: (string | null)[]) => [...new Set(groups.filter((group) => group !== null))];

const writtenIn = (name: string, written: typeof ecsTask | typeof glueRun) =>
  ledger()
    .selectDistinct({ group: written.logGroup })
    .from(written)
    .where(and(eq(written.environment, name), isNotNull(written.logGroup)))
    .limit(most);
