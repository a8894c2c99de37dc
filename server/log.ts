import "server-only";
import pino from "pino";

/** A failed statement without the values that it carried: whole pages of rows, and parameters of runs among them. */
export function toldError(error: Error) {
  const failed = statementIn(error);
  if (!failed) return pino.stdSerializers.err(error);
  const { code, message, table } = (failed.cause ?? {}) as { code?: string; message?: string; table?: string };
  return { type: error.name, message: failed === error ? message : error.message, code, table, query: String(failed.query).slice(0, 200) };
}

function statementIn(error: unknown): (Error & { query: unknown }) | null {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++)
    if ("query" in each && "params" in each) return each as Error & { query: unknown };
  return null;
}

/** JSON lines on stdout. No worker transports: they do not survive bundling. */
export const log = pino({
  level: "info",
  base: { service: "penstock" },
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: (label) => ({ level: label }) },
  serializers: { err: toldError },
  redact: ["*.password", "*.clientSecret", "*.authorization", "*.token"],
});
