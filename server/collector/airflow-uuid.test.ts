import { expect, it } from "vitest";
import { reattachId } from "./airflow-uuid";

// Computed by airflow.providers.amazon.aws.utils.identifiers.generate_uuid of provider 9.25.0; the first is also `startedBy` of a recorded task.
it.each([
  ["sales_daily", "extract_customers", "manual__2026-11-22T16:29:12.579734+00:00", -1, "45856286-f196-5839-a36d-c0816c0f6133"],
  ["fx", "a.b", "scheduled__2026-11-22T06:15:00+00:00", 0, "54f244d3-7dc9-55e8-9e54-d207429d6b50"],
  ["añejo", "tarea", "manual__ñ", 41, "0a493f5f-d14b-5988-a79c-55c1b4e4ba58"],
  ["d", "t", "r".repeat(250), -1, "4e1af388-ef90-53d9-975e-9f92d71e9a8d"],
])("makes the number that the ECS operator makes of %s, %s", (pipeline, taskId, runId, mapIndex, id) => {
  expect(reattachId({ pipeline, taskId, runId, mapIndex })).toBe(id);
});
