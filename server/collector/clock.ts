import "server-only";

/** What time it is for the collector: cursors, spans and periods follow it. */
export interface Clock {
  now(): Date;
}

export const wallClock: Clock = { now: () => new Date() };
