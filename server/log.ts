import "server-only";
import pino from "pino";

/** JSON lines on stdout. No worker transports: they do not survive bundling. */
export const log = pino({
  level: "info",
  base: { service: "penstock" },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  redact: ["*.password", "*.clientSecret", "*.authorization", "*.token"],
});
