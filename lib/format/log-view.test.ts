import { expect, test } from "vitest";
import type { LogLine } from "@/lib/schemas/attempt";
import { logText } from "./log-view";

const line = (more: Partial<LogLine>): LogLine => ({
  id: "1",
  at: "2026-11-22T06:15:00.123Z",
  source: "container",
  stream: "extractor/extractor/abc",
  level: null,
  text: "started",
  ...more,
});

test("a downloaded log has the instant, the stream, the level and the text of each event, in order", () => {
  const lines = [
    line({}),
    line({ at: null, source: "airflow", stream: "dag=x/attempt=1.log", level: "error", text: "Traceback:\n  boom" }),
  ];
  expect(logText(lines)).toBe(
    "2026-11-22T06:15:00.123Z container:extractor/extractor/abc - started\n- airflow:dag=x/attempt=1.log ERROR Traceback:\n  boom\n",
  );
});
