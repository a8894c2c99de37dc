import "server-only";
import type { RenderedField, XcomValue } from "@/lib/schemas/structure";
import { ledger } from "./db";
import { attemptInput } from "./schema-airflow";
import { upsertChanged } from "./upsert";

/** Of a try that has ended, which is told for the last time. */
export async function keepAttemptInput(
  attemptId: string,
  { rendered, xcom, reason }: { rendered: RenderedField[] | null; xcom: XcomValue[] | null; reason: string | null },
): Promise<void> {
  const row = { attemptId, rendered, xcom, reason, isFinal: true, readAt: new Date() };
  await upsertChanged(ledger(), [row], { table: attemptInput, key: ["attemptId"], silent: ["readAt"] });
}
