import "server-only";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { pathToFileURL } from "node:url";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { Role } from "@/lib/schemas/user";
import { env } from "@/server/env";
import { AppError } from "@/server/errors";
import { type Executor, ledger, switchLedger } from "./db";
import { migrate } from "./migrate";
import { apiToken } from "./schema";

const Tokens = z.record(Role, z.string().regex(/^[A-Za-z0-9_-]{43}$/));

export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");

function known(file: string): z.infer<typeof Tokens> | null {
  if (!existsSync(file)) return null;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null; // cut short by a crash: made anew
  }
  return Tokens.safeParse(content).data ?? null;
}

/**
 * One demo token for each role: hashed in the ledger, plain in `file` (mode 600). Again on the same file changes nothing; tokens of an
 * earlier file stop working.
 */
export async function seedTokens(db: Executor, file: string): Promise<void> {
  const tokens = known(file) ?? Tokens.parse(Object.fromEntries(Role.options.map((role) => [role, randomBytes(32).toString("base64url")])));
  mkdirSync(dirname(file), { recursive: true });
  const fresh = `${file}.new`;
  writeFileSync(fresh, `${JSON.stringify(tokens, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, file);
  const rows = Role.options.map((role) => ({
    id: `demo-${role}`,
    name: `Demo token (${role})`,
    role,
    tokenHash: hashToken(tokens[role]),
    createdAt: sql`now()`,
    createdBy: "demo",
  }));
  await db
    .insert(apiToken)
    .values(rows)
    .onConflictDoUpdate({
      target: apiToken.id,
      set: { tokenHash: sql`excluded.token_hash`, role: sql`excluded.role`, name: sql`excluded.name` },
    });
}

/** `seed-tokens.ts <file>`: for the local platform, before the dashboard starts. */
async function main(file: string | undefined): Promise<void> {
  if (!file) throw new AppError("invalid", "expected the file to write the tokens to");
  await migrate(env().databaseUrl);
  await seedTokens(ledger(), file);
  await switchLedger(null);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await main(process.argv[2]).catch((error: unknown) => {
    process.stderr.write(`penstock: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
