import "server-only";
import type { ErrorCode } from "@/lib/schemas/problem";

export interface ErrorOptions {
  /** Who failed, as a person names it: `ledger`, `airflow (prod)`. */
  system?: string;
  /** What the reader can do next. */
  remedy?: string;
  cause?: unknown;
  /** The inputs that were refused, with the reason for each. */
  fields?: { name: string; message: string }[];
  /** HTTP status where the code's own does not fit. */
  status?: number;
  /** The system understood this one request and did nothing about it, where the code does not say so. */
  isRefusal?: boolean;
}

const statusOf: Record<ErrorCode, number> = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  invalid: 422,
  conflict: 409,
  throttled: 429,
  upstream: 502,
  internal: 500,
};

const refusals: ErrorCode[] = ["invalid", "not_found", "conflict", "forbidden"];

/** An error whose message may be shown: what failed, in which system, and what to do. */
export class AppError extends Error {
  /** By shape: Next compiles its entries apart, so the pool that one made may throw an AppError of another's class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "AppError" && "code" in value;
  }

  readonly code: ErrorCode;
  readonly system: string | undefined;
  readonly remedy: string | undefined;
  readonly fields: { name: string; message: string }[] | undefined;
  readonly status: number;
  /** Nothing was done, and asking the same again would not help. */
  readonly isRefusal: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AppError";
    this.code = code;
    this.system = options.system;
    this.remedy = options.remedy;
    this.fields = options.fields;
    this.status = options.status ?? statusOf[code];
    this.isRefusal = options.isRefusal ?? refusals.includes(code);
  }
}

/** The AppError within `error` (libraries wrap what they rethrow), or null when it is not one of ours. */
export function findAppError(error: unknown): AppError | null {
  let current = error;
  for (let depth = 0; depth < 6 && current instanceof Error; depth++) {
    if (current instanceof AppError) return current;
    current = current.cause;
  }
  return null;
}

/** The 503 that stands for an unreachable ledger. */
export function ledgerDown(cause: unknown): AppError {
  const reason = cause instanceof Error ? cause.message || ("code" in cause ? String(cause.code) : cause.name) : String(cause);
  return new AppError("upstream", `The ledger does not answer: ${reason}`, {
    system: "ledger",
    remedy: "Nothing was changed. Penstock retries by itself; if it lasts, check the PostgreSQL server that DATABASE_URL names.",
    status: 503,
    cause,
  });
}
