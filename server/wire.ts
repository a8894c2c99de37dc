import "server-only";

/** A ledger time as ISO text, or null. */
export function isoText(value: Date | null): string | null {
  return value === null ? null : value.toISOString();
}

/** Milliseconds from one time to another, never below 0 (clocks of two systems may disagree); null while either is unknown. */
export function msBetween(from: Date | null, to: Date | null): number | null {
  return from === null || to === null ? null : Math.max(0, to.getTime() - from.getTime());
}
