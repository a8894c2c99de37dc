import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";

const skipped = /^(node_modules|__pycache__|\..+|.+\.egg-info|.+\.pyc|cdk\.out|tests|test-results)$/;

/** sha256 (hex) over names and contents of files and folders; names that only tools make are left out. Absent paths count as absent. */
export function digestOf(root: string, paths: string[]): string {
  const hash = createHash("sha256");
  for (const path of paths) {
    hash.update(`${path}\0`);
    for (const file of filesOf(join(root, path))) {
      hash
        .update(`${relative(root, file)}\0`)
        .update(readFileSync(file))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path)
    .filter((name) => !skipped.test(name))
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}
