import { isSecretName, publicArguments, publicValue } from "./schemas/secret-names";
import type { RenderedField, XcomValue } from "./schemas/structure";

/** Of one value so many characters are kept; a rendered SQL file is longer now and then. */
export const mostCharacters = 8_000;
export const mostFields = 100;
export const mostXcoms = 25;

const hidden = "(not shown)";
const isText = (value: unknown): value is string => typeof value === "string";

/** A value without what its names or its own form say is secret: keys, `{name, value}` pairs as ECS has them, and flags of commands. */
function shown(name: string, value: unknown): unknown {
  if (isSecretName(name)) return hidden;
  if (isText(value)) return publicValue(name, value);
  if (Array.isArray(value)) return value.every(isText) ? publicArguments(value) : value.map((each) => shown("", each));
  if (typeof value !== "object" || value === null) return value;
  const record = value as Record<string, unknown>;
  const ownName = isText(record.name) ? record.name : null;
  return Object.fromEntries(
    Object.entries(record).map(([key, each]) => [key, key === "value" && ownName !== null ? shown(ownName, each) : shown(key, each)]),
  );
}

function textOf(name: string, value: unknown): { value: string; isCut: boolean } {
  const found = shown(name, value);
  const text = isText(found) ? found : (JSON.stringify(found, null, 2) ?? "null");
  return { value: text.slice(0, mostCharacters), isCut: text.length > mostCharacters };
}

/** Rendered fields that say something, by name. */
export function toRendered(fields: Record<string, unknown>): RenderedField[] {
  const said = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return said
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, mostFields)
    .map(([name, value]) => ({ name, ...textOf(name, value) }));
}

export const toXcoms = (entries: { key: string; value: unknown }[]): XcomValue[] =>
  entries.slice(0, mostXcoms).map(({ key, value }) => ({ key, ...textOf(key, value) }));
