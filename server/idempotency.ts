import "server-only";
import { IdempotencyKey } from "@/lib/schemas/pipeline";
import { AppError } from "./errors";

/** @throws AppError `invalid` (400) for what is no Idempotency-Key */
export function checkKey(key: string): string {
  const parsed = IdempotencyKey.safeParse(key);
  if (parsed.success) return parsed.data;
  throw new AppError("invalid", "Idempotency-Key must be 8 to 64 letters, digits, _ or -", {
    status: 400,
    remedy: "Make a new key for each thing you want done, and repeat the request with the same one.",
    fields: [{ name: "Idempotency-Key", message: "8 to 64 letters, digits, _ or -" }],
  });
}

export const otherRequest = () =>
  new AppError("invalid", "This Idempotency-Key stands for another request", {
    remedy: "Use a new key for a new request.",
    fields: [{ name: "Idempotency-Key", message: "already used for another request" }],
  });
