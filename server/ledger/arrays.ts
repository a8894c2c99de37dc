import "server-only";

const quoted = (text: string) => (/["\\]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : `"${text}"`);

function element(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Date) return `"${value.toISOString()}"`;
  return quoted(JSON.stringify(value));
}

/** Text that JSON writes as PostgreSQL does: of plain values, in one native call, where nothing has to be escaped. */
function plainLiteral(values: readonly unknown[]): string | null {
  for (const value of values) {
    if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) return null;
    if (typeof value === "object" && value !== null && !(value instanceof Date && !Number.isNaN(value.getTime()))) return null;
  }
  const text = JSON.stringify(values);
  return text.includes("\\") ? null : `{${text.slice(1, -1)}}`;
}

/**
 * PostgreSQL's text form of an array: one parameter however many values, where a list of parameters ends at 65,535. Objects become JSON.
 */
export function arrayLiteral(values: readonly unknown[]): string {
  const plain = plainLiteral(values);
  if (plain !== null) return plain;
  // Many rows share an object.
  const known = new Map<object, string>();
  const texts = values.map((value) => {
    if (typeof value !== "object" || value === null) return element(value);
    const text = known.get(value) ?? element(value);
    known.set(value, text);
    return text;
  });
  return `{${texts.join(",")}}`;
}
