import "server-only";
import { z } from "zod";
import { AppError } from "@/server/errors";

const throttled =
  /^(ThrottlingException|Throttling|TooManyRequestsException|RequestLimitExceeded|LimitExceededException|SlowDown)$|Rate exceeded/i;
const denied = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|NotAuthorized|ForbiddenException)$/;
const identity =
  /^(CredentialsProviderError|ExpiredToken|ExpiredTokenException|InvalidClientTokenId|UnrecognizedClientException|InvalidSignatureException)$/;
const missing = /^(ResourceNotFoundException|EntityNotFoundException|ClusterNotFoundException|NoSuchKey)$/;
const refused = /^(ValidationException|InvalidParameterException|InvalidInputException|ClientException)$/;
/** PostgreSQL refused this one statement: no such table, no permission, locked, too slow. It is there all the same. */
const statement = /^(42\w{3}|55P03|57014)$/;
const network = /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|UND_ERR\w*|57P0\d|08\d{3}|53\d{3})$/;

interface Told {
  name: string;
  message: string;
  codes: string[];
  status: number | undefined;
}

function read(error: unknown): Told {
  const codes: string[] = [];
  let status: number | undefined;
  let current = error;
  for (let depth = 0; depth < 5 && typeof current === "object" && current !== null; depth++) {
    const each = current as {
      code?: unknown;
      errno?: unknown;
      cause?: unknown;
      errors?: unknown[];
      $metadata?: { httpStatusCode?: number };
    };
    if (typeof each.code === "string") codes.push(each.code);
    status ??= each.$metadata?.httpStatusCode;
    current = each.cause ?? (Array.isArray(each.errors) ? each.errors[0] : undefined);
  }
  const named = error instanceof Error || error instanceof DOMException ? error : new Error(String(error));
  return { name: named.name, message: named.message || codes[0] || named.name, codes, status };
}

/** A foreign error in our words: which system, what happened, what to do. An AppError stays as it is. */
export function translate(system: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof z.ZodError) {
    const issue = error.issues[0];
    const where = issue?.path.join(".") || "its answer";
    return new AppError(
      "upstream",
      `${system} answered in a form that Penstock does not know: ${where}: ${issue?.message ?? "unexpected"}`,
      {
        system,
        remedy: "Its version may be newer than Penstock supports.",
        cause: error,
      },
    );
  }
  const { name, message, codes, status } = read(error);
  const say = (code: ConstructorParameters<typeof AppError>[0], text: string, remedy: string, isRefusal?: boolean) =>
    new AppError(code, `${system}: ${text}`, { system, remedy, cause: error, isRefusal });
  if (name === "TimeoutError" || name === "AbortError" || /timeout/i.test(name)) {
    return say(
      "upstream",
      message.includes("no answer") ? message : "no answer in time",
      "Penstock asks again by itself; if it lasts, look at that system.",
    );
  }
  if (throttled.test(name) || throttled.test(message) || status === 429) {
    return say("throttled", "too many requests", "Penstock slows down by itself.");
  }
  if (identity.test(name))
    return say(
      "upstream",
      `Penstock's AWS credentials are not accepted: ${message}`,
      "Check the credentials or the role of Penstock's process.",
      true,
    );
  if (denied.test(name) || status === 403)
    return say("upstream", `access denied: ${message}`, "Grant Penstock's role this permission.", true);
  if (missing.test(name)) return say("not_found", message, "Check the name in penstock.yaml.");
  if (codes.some((code) => statement.test(code)))
    return say("invalid", message, "Check the table and column in penstock.yaml, and the reader's grants.");
  if (refused.test(name)) return say("invalid", message, "Check the request.");
  if (codes.some((code) => network.test(code)) || /ECONN|socket hang up|Connection terminated|fetch failed/i.test(message)) {
    return say(
      "upstream",
      `cannot be reached (${codes[0] ?? message})`,
      "Penstock asks again by itself; if it lasts, look at that system and the network between.",
    );
  }
  return say("upstream", message, "Penstock asks again by itself; if it lasts, look at that system.");
}
