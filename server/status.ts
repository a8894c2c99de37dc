import "server-only";
import type { EnvironmentFilter } from "@/lib/schemas/common";
import type { Status } from "@/lib/schemas/status";
import type { User } from "@/lib/schemas/user";
import { countStates, statusSentence } from "@/lib/sentences";
import { allow } from "./auth";
import { honest } from "./health";
import { judgeTables } from "./tables";

/** Can the data be used? All tables, the worst first, and one sentence. */
export async function getStatus(user: User, { environment }: EnvironmentFilter = {}): Promise<Status> {
  allow(user, "read");
  const [tables, honesty] = await Promise.all([
    judgeTables(environment),
    honest(["warehouse", "airflow", "ecs", "glue", "logs"], environment),
  ]);
  const counts = countStates(tables);
  return { ...honesty, sentence: statusSentence(counts, honesty.sources), counts, tables };
}
