/** What a spreadsheet would take for a formula when it opens the file. */
const formula = /^(?:\s*[=+\-@]|[\t\r])/;

/** A value as RFC 4180 writes it; a text that begins like a formula gets an apostrophe, so that it stays text. */
export function csvCell(value: string | number | null): string {
  if (value === null) return "";
  const text = typeof value === "string" && formula.test(value) ? `'${value}` : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const csvLine = (values: (string | number | null)[]): string => `${values.map(csvCell).join(",")}\r\n`;
