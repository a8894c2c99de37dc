import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { startupScript } from "./airflow-environment";

test("whatever a value holds, the startup script exports it unchanged and runs none of it", () => {
  const value = fc.string({ unit: fc.constantFrom(..."ab '\"$`\\;&|()<>*?!#~\n\t{}=é"), maxLength: 40 });
  fc.assert(
    fc.property(value, (text) => {
      const script = `${startupScript({ PENSTOCK_TEST: text })}printf %s "$PENSTOCK_TEST"`;
      expect(execFileSync("sh", ["-c", script], { encoding: "utf8" })).toBe(text);
    }),
    { numRuns: 60 },
  );
});
