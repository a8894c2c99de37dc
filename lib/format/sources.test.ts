import { expect, test } from "vitest";
import type { SourceHealth } from "@/lib/schemas/common";
import { behindFor, sourceLabel } from "./sources";

const source = (name: string, state: SourceHealth["state"], asOf: string | null = "2026-11-22T08:12:00Z"): SourceHealth => ({
  name,
  environment: "local",
  state,
  asOf,
});

test("a page names the sources that are behind and what that does not affect", () => {
  const [glue, ...others] = behindFor("runs", [source("airflow", "ok"), source("glue", "stale"), source("ecs", "ok")]);
  expect(glue?.label).toBe("Glue");
  expect(glue?.effect).toContain("run states are not affected");
  expect(others).toEqual([]);
});

test("what does not feed a page is not mentioned on it", () => {
  expect(behindFor("status", [source("logs", "failed")])).toEqual([]);
});

test("of several cursors into one system the oldest speaks", () => {
  const behind = behindFor("runs", [
    source("airflow:runs", "stale", "2026-11-22T08:30:00Z"),
    source("airflow:tasks", "failed", "2026-11-22T08:10:00Z"),
  ]);
  expect(behind.map((each) => each.source.name)).toEqual(["airflow:tasks"]);
  expect(sourceLabel("airflow:tasks")).toBe("Airflow");
});
