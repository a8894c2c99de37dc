import "server-only";
import { hash } from "node:crypto";

export interface AttemptKey {
  environment: string;
  pipeline: string;
  runId: string;
  taskId: string;
  /** −1 for a task that is not mapped. */
  mapIndex: number;
  tryNumber: number;
}

/** The attempt's id in URLs: the same key gives the same id in every process and for ever. */
export function attemptId(key: AttemptKey): string {
  const columns = [key.environment, key.pipeline, key.runId, key.taskId, key.mapIndex, key.tryNumber];
  return hash("sha256", JSON.stringify(columns)).slice(0, 32);
}
