import "server-only";
import { AppError } from "@/server/errors";

/** An opaque keyset cursor: the sort columns of the last row that was shown. */
export function encodeCursor(parts: (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString("base64url");
}

/** @throws AppError `invalid` when the text is not a cursor of `length` parts */
export function decodeCursor(cursor: string, length: number): string[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch (cause) {
    throw badCursor(cause);
  }
  if (
    !Array.isArray(parts) ||
    parts.length !== length ||
    parts.some((part) => (typeof part !== "string" || part.includes("\0")) && typeof part !== "number")
  )
    throw badCursor();
  return parts.map(String);
}

/** The first part of a cursor over time, with the microseconds that a Date would lose. @throws AppError `invalid` */
export function timePart(text: string | undefined): string {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}[ T][\d:.+-]{8,30}Z?$/.test(text)) throw badCursor();
  return text;
}

/** A part of a cursor that is a whole number, as a column of PostgreSQL holds it. @throws AppError `invalid` */
export function wholePart(text: string | undefined): number {
  if (text === undefined || !/^-?\d{1,9}$/.test(text)) throw badCursor();
  return Number(text);
}

function badCursor(cause?: unknown): AppError {
  return new AppError("invalid", "This cursor is not one that Penstock gave out", {
    status: 400,
    remedy: "Start again without a cursor.",
    fields: [{ name: "cursor", message: "not a cursor of this list" }],
    cause,
  });
}

/** Splits the one row more than asked for, which says whether there is a next page. */
export function cutPage<T>(rows: T[], limit: number, cursorOf: (row: T) => (string | number)[]): { rows: T[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { rows: shown, nextCursor: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null };
}
