import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const generators = {
  nextAuthSecret: () => randomBytes(48).toString("base64url"),
  airflowJwtSecret: () => randomBytes(64).toString("base64url"),
  /** Fernet takes 32 bytes in URL-safe base64 with padding. */
  airflowFernetKey: () => randomBytes(32).toString("base64").replaceAll("+", "-").replaceAll("/", "_"),
  airflowApiPassword: () => randomBytes(24).toString("hex"),
  airflowPassword: () => randomBytes(24).toString("hex"),
  shopPassword: () => randomBytes(24).toString("hex"),
  loaderPassword: () => randomBytes(24).toString("hex"),
  readerPassword: () => randomBytes(24).toString("hex"),
};

export type Keys = Record<keyof typeof generators, string>;

/** The random keys and passwords of one platform, made once and kept in a file that only its owner may read. */
export function loadKeys(file: string): Keys {
  const kept: Partial<Keys> = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Partial<Keys>) : {};
  const keys = Object.fromEntries(Object.entries(generators).map(([name, make]) => [name, kept[name as keyof Keys] ?? make()])) as Keys;
  writePrivate(file, keys);
  return keys;
}

/** A JSON file that only its owner may read. */
export function writePrivate(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
  chmodSync(file, 0o600);
}
