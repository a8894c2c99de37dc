import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { excerpt } from "./suite";

test("of a failed suite's log its end is shown, without colours and with long lines cut", () => {
  const folder = mkdtempSync(join(tmpdir(), "penstock-excerpt-"));
  const log = join(folder, "suite.log");
  try {
    writeFileSync(
      log,
      `${Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n")}\n\u001b[31m1 failed\u001b[0m ${"x".repeat(500)}\n`,
    );
    const shown = excerpt(log).split("\n");
    expect(shown).toHaveLength(60);
    expect(shown[0]).toBe("  │ line 41");
    expect(shown.at(-1)).toMatch(/^ {2}│ 1 failed x{291}$/);
    expect(excerpt(join(folder, "absent.log"))).toBe("");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
