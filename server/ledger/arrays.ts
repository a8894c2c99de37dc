import "server-only";

const quoted = (text: string) => (/["\\]/.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : `"${text}"`);

function element(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number" || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Date) return `"${value.toISOString()}"`;
  return quoted(JSON.stringify(value));
}

/**
 * PostgreSQL's text form of an array: one parameter however many values, where a list of parameters ends at 65,535. Objects become JSON.
 */
export function arrayLiteral(values: readonly unknown[]): string {
  let text = "{";
  let last: unknown;
  let lastText = "NULL";
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (value !== last) {
      last = value;
      lastText = element(value);
    }
    text += index === 0 ? lastText : `,${lastText}`;
  }
  return `${text}}`;
}
