import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { committedReference, configurationReference } from "@/docs/configuration-reference";

const tracked = execFileSync("git", ["ls-files"], { encoding: "utf8" }).trim().split("\n");
const text = (file: string) => readFileSync(file, "utf8");

describe("the repository", () => {
  it("keeps registry hosts out of every lock file", () => {
    const locks = tracked.filter((file) => /\.lock$|package-lock\.json$/.test(file));
    expect(locks.length).toBeGreaterThan(8);
    for (const file of locks)
      expect(text(file), file).not.toMatch(/https?:\/\/(registry|files|pypi|repo)\b|"resolved"|--index-url|--extra-index-url/);
  });

  it("pins every npm dependency exactly", () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(text("package.json"));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
    }
  });

  it("describes the configuration as the server parses it", () => {
    expect(committedReference()).toBe(configurationReference());
  });
});
