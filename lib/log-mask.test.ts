import { describe, expect, test } from "vitest";
import { maskLine, shapeOf } from "./log-mask";

describe("a log line as a shape", () => {
  test.each([
    ["[2026-11-22T08:00:00.123+0000] {taskinstance.py:1937} ERROR - Task failed", "[‹time›] {taskinstance.py:‹n›} ERROR - Task failed"],
    [
      "26/11/22 08:00:01 INFO TaskSetManager: Finished task 3.0 in stage 12.0 (TID 451) in 812 ms",
      "‹time› INFO TaskSetManager: Finished task ‹n› in stage ‹n› (TID ‹n›) in ‹duration›",
    ],
    ["batch 171: 50,000 rows in 2.6 s, resident 3,301 MB", "batch ‹n›: ‹n› rows in ‹duration›, resident ‹size›"],
    ["run 5f2b8f0e-8d1c-4a47-9c1e-0f3f6f5f3a11 on ip-10-0-3-17", "run ‹id› on ‹address›"],
    ["Job run jr_6b0368cfdc6a52809ad1d208d2eeca09965e6ae7390ec53dea3ba6a933c5201e began", "Job run ‹run› began"],
    ["task arn:aws-us-gov:ecs:us-gov-west-1:123456789012:task/ingestion/7c1fb2d0 stopped", "task ‹arn› stopped"],
    ["pulled repo@sha256:9b1c44e09b1c44e09b1c44e0", "pulled repo@‹digest›"],
    ["wrote s3://bucket/orders/2026-03-16/part-00012.parquet", "wrote s3://bucket/orders/‹date›/part-‹n›.parquet"],
    ["connection to 10.1.2.3:5432 refused", "connection to ‹address› refused"],
    ["object at 0x7f3a5c90 is closed", "object at ‹id› is closed"],
    ["container killed due to memory usage (exit code 137)", "container killed due to memory usage (exit code ‹n›)"],
    ["-5 % and +1.5e10", "‹n› % and ‹n›"],
  ])("%s", (line, shape) => {
    expect(shapeOf(line)).toBe(shape);
  });

  test("names keep their digits: two tables, two workers or two classes are no count", () => {
    for (const name of ["utf8", "s3", "G.1X", "orders_v2", "Python 3x", "extract2orders", "sales.orders", "deadbeef"])
      expect(shapeOf(name)).toBe(name);
  });

  test("nothing is lost: the parts are the line", () => {
    const words = [
      "2026-01-02T03:04:05Z",
      "12,345",
      "99 MB",
      "é漢字",
      "‹n›",
      "a".repeat(50),
      "jr_",
      "0x",
      ":",
      "--",
      "1.2.3.4.5",
      "10:20",
      "",
    ];
    for (const first of words)
      for (const second of words)
        for (const third of words) {
          const line = [first, second, third].join(" ");
          expect(
            maskLine(line)
              .map(({ text }) => text)
              .join(""),
          ).toBe(line);
        }
  });

  test("the same line about other figures has the same shape, in whatever order they come", () => {
    const of = (n: number) =>
      `attempt ${n} at 2026-11-${10 + (n % 10)} 08:0${n % 10}:00,00${n % 10} took ${n * 1.5} s for ${n * 1000} rows of ${"abcdef0123456789".repeat(2)}`;
    expect(new Set(Array.from({ length: 200 }, (_, n) => shapeOf(of(n + 1)))).size).toBe(1);
  });

  test("a line of a million characters is read at once", () => {
    for (const filler of ["1", "a1", "1,", "-", "0:", "f0", "arn:aws:", "jr_1"]) {
      const began = performance.now();
      maskLine(filler.repeat(1_000_000 / filler.length));
      expect(performance.now() - began).toBeLessThan(5_000);
    }
  });
});
