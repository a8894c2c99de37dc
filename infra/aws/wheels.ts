import { createHash } from "node:crypto";

// What the load job imports and Glue 5.1 does not bring. Its pyarrow, pandas, numpy and boto3 are Glue's own.
const missingInGlue = ["pgpq", "psycopg", "psycopg-binary", "typing-extensions"];

/**
 * The part of a pip lock file (`name==version \` and indented `--hash=` lines) that has to be shipped to Glue.
 *
 * @throws Error naming a package that the lock lacks
 */
export function wheelLock(lock: string): string {
  const entries = lock.split(/\n(?=\S)/).map((entry) => entry.trimEnd());
  const wanted = missingInGlue.map((name) => {
    const entry = entries.find((candidate) => candidate.startsWith(`${name}==`));
    if (!entry) {
      throw new Error(`extractor/glue/glue.lock has no ${name}, which the load job needs as a wheel`);
    }
    return entry.replace(/\n\s*#.*/g, "");
  });
  return `${wanted.join("\n")}\n`;
}

/** File name of the bundle for a lock: Glue knows a zip of wheels by its double extension. */
export function wheelsName(lock: string): string {
  return `${createHash("sha256").update(wheelLock(lock)).digest("hex").slice(0, 16)}.gluewheels.zip`;
}
