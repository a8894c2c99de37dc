import "server-only";
import { z } from "zod";
import { AppError } from "@/server/errors";

const throttled =
  /^(ThrottlingException|Throttling|ThrottledException|TooManyRequestsException|RequestLimitExceeded|RequestThrottled(Exception)?|LimitExceededException|SlowDown)$|Rate exceeded/i;
const denied = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|NotAuthorized|ForbiddenException)$/;
const expired = /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|UnrecognizedClientException|InvalidClientTokenId)$/;
const skewed = /^(RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/;
/** Refused for the time that it names, or for a wrong key: the message tells. */
const signature = /^(InvalidSignatureException|SignatureDoesNotMatch|AuthFailure)$/;
const identity = /^(CredentialsProviderError|MissingAuthenticationToken(Exception)?|IncompleteSignature(Exception)?)$/;
const missing = /^(ResourceNotFoundException|EntityNotFoundException|ClusterNotFoundException|NoSuchKey)$/;
const refused = /^(ValidationException|InvalidParameterException|InvalidInputException|ClientException)$/;
/** PostgreSQL does not let us in: no such role, no such password, no such database. */
const signIn = /^(28\w{3}|3D000)$/;
/** PostgreSQL refused this one statement: no such table, no permission, locked, too slow. It is there all the same. */
const statement = /^(42\w{3}|55P03|57014|25006)$/;
const network = /^(ECONN\w+|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|EPIPE|ETIMEDOUT|UND_ERR\w*|57P0\d|08\d{3}|53\d{3})$/;

interface Told {
  name: string;
  message: string;
  codes: string[];
  status: number | undefined;
  /** The server's clock less ours, as its answer says. */
  skewMs: number | null;
}

interface Foreign {
  code?: unknown;
  cause?: unknown;
  errors?: unknown[];
  $metadata?: { httpStatusCode?: number };
  $response?: { headers?: Record<string, string> };
}

function read(error: unknown): Told {
  const codes: string[] = [];
  let status: number | undefined;
  let date: string | undefined;
  let current = error;
  for (let depth = 0; depth < 5 && typeof current === "object" && current !== null; depth++) {
    const each = current as Foreign;
    if (typeof each.code === "string") codes.push(each.code);
    status ??= each.$metadata?.httpStatusCode;
    date ??= each.$response?.headers?.date;
    current = each.cause ?? (Array.isArray(each.errors) ? each.errors[0] : undefined);
  }
  const named = error instanceof Error || error instanceof DOMException ? error : new Error(String(error));
  const skewMs = date === undefined ? null : Date.parse(date) - Date.now();
  // The SDK's advice to its own users, in a line of its own.
  const message = (named.message.split("\n")[0] || codes[0] || named.name).slice(0, 500);
  return { name: named.name, message, codes, status, skewMs };
}

/** Whether AWS refused the request for credentials that are too old: with new ones it may be repeated, even an effect. */
export function isExpired(error: AppError): boolean {
  return error.cause instanceof Error && expired.test(error.cause.name);
}

/**
 * Whether the system understood this one request and refused it: no permission for it, no such thing, not valid. It is well, and other requests may be
 * answered. Credentials and a role that are refused are refused for every request, so they are none of these.
 */
export function isRefused(error: AppError): boolean {
  if (error.code !== "upstream") return error.isRefusal;
  const { name, message, $metadata, RestApiStatusCode } = (error.cause ?? {}) as Partial<Error> & Foreign & { RestApiStatusCode?: number };
  if (RestApiStatusCode !== undefined) return error.isRefusal;
  const isDenied = denied.test(name ?? "") || $metadata?.httpStatusCode === 403;
  return error.isRefusal && isDenied && !isIdentity(name ?? "") && !/sts:AssumeRole/.test(message ?? "");
}

const isIdentity = (name: string) => expired.test(name) || identity.test(name) || signature.test(name);

/** Whether it did not answer within its deadline. */
export function isLate(error: AppError): boolean {
  return error.message.includes(": no answer");
}

const waits = "Penstock asks again by itself; if it lasts, look at that system";

interface Said {
  code: ConstructorParameters<typeof AppError>[0];
  text: string;
  remedy: string;
  /** Nothing was done, and asking the same again would not help. */
  isRefusal?: boolean;
}

function fromForm(error: unknown, { name, message }: Told): Said | null {
  const code = "upstream" as const;
  if (name === "UnexpectedAnswer") {
    const isPage = message.startsWith("a web page");
    const remedy = isPage
      ? "Something stands between Penstock and it, such as a proxy or a sign-in page: check the network and AWS_ENDPOINT_URL."
      : "Nothing of the answer was kept. Its version may be newer than Penstock supports.";
    return {
      code,
      text: `answered ${isPage || message.startsWith("more") ? message : `in a form that Penstock does not know: ${message}`}`,
      remedy,
    };
  }
  if (error instanceof SyntaxError || /is not valid JSON|Unexpected (token|end of JSON)|Unterminated/.test(message))
    return { code, text: "answered something that is not JSON", remedy: `${waits} and what stands between.` };
  return null;
}

function fromAws({ name, message, status, skewMs }: Told): Said | null {
  if (throttled.test(name) || throttled.test(message) || status === 429)
    return { code: "throttled", text: "too many requests", remedy: "Penstock slows down by itself." };
  if (skewed.test(name) || (signature.test(name) && /expired|too far|not yet|earlier|later/i.test(message))) {
    const minutes = skewMs === null ? null : Math.round(Math.abs(skewMs) / 60_000);
    const by = minutes ? ` by ${minutes} min` : "";
    return {
      code: "upstream",
      text: `the clock of Penstock's machine differs from AWS's${by}, and AWS refuses what it signs`,
      remedy: "Set the clock of Penstock's machine (NTP).",
    };
  }
  if (isIdentity(name)) {
    return {
      code: "upstream",
      text: `Penstock's AWS credentials are not accepted: ${message}`,
      remedy: "Check the credentials or the role of Penstock's process.",
      isRefusal: true,
    };
  }
  if (denied.test(name) && /sts:AssumeRole/.test(message))
    return {
      code: "upstream",
      text: `access denied: ${message}`,
      remedy: "Check roleArn and externalId in penstock.yaml, and that the role's trust policy names Penstock's own role.",
      isRefusal: true,
    };
  if (denied.test(name) || status === 403)
    return { code: "upstream", text: `access denied: ${message}`, remedy: "Grant Penstock's role this permission.", isRefusal: true };
  if (missing.test(name)) return { code: "not_found", text: message, remedy: "Check the name in penstock.yaml." };
  if (refused.test(name)) return { code: "invalid", text: message, remedy: "Check the request." };
  return null;
}

function fromPostgres({ message, codes }: Told): Said | null {
  if (codes.some((code) => signIn.test(code)))
    return {
      code: "upstream",
      text: `access denied: ${message}`,
      remedy: "Check the role, its password and the database in penstock.yaml.",
    };
  if (codes.includes("42501"))
    return {
      code: "invalid",
      text: `access denied: ${message}`,
      remedy: "Grant Penstock's role USAGE on the schema and SELECT on the table.",
    };
  if (codes.includes("57014"))
    return { code: "invalid", text: `took too long: ${message}`, remedy: "An index on the column that is looked at makes it quick." };
  if (codes.some((code) => statement.test(code)))
    return { code: "invalid", text: message, remedy: "Check the table and column in penstock.yaml, and the reader's grants." };
  return null;
}

/** A foreign error in our words: which system, what happened, what to do. An AppError stays as it is. */
export function translate(system: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof z.ZodError) {
    const issue = error.issues[0];
    const where = issue?.path.join(".") || "its answer";
    const text = `${system} answered in a form that Penstock does not know: ${where}: ${issue?.message ?? "unexpected"}`;
    return new AppError("upstream", text, { system, remedy: "Its version may be newer than Penstock supports.", cause: error });
  }
  const told = read(error);
  const { name, message, codes } = told;
  const say = ({ code, text, remedy, isRefusal }: Said) =>
    new AppError(code, `${system}: ${text}`, { system, remedy, cause: error, isRefusal });
  const broken = codes.find((code) => network.test(code) && code !== "ETIMEDOUT");
  // The SDK calls a connection that was reset a timeout too.
  if (broken) return say({ code: "upstream", text: `cannot be reached (${broken})`, remedy: `${waits} and the network between.` });
  if (
    name === "TimeoutError" ||
    name === "AbortError" ||
    /timeout/i.test(name) ||
    /^timeout exceeded|(read|connection) timeout$/i.test(message)
  ) {
    return say({ code: "upstream", text: message.startsWith("no answer") ? message : "no answer in time", remedy: `${waits}.` });
  }
  const said = fromForm(error, told) ?? fromAws(told) ?? fromPostgres(told);
  if (said) return say(said);
  if (message === "aborted") return say({ code: "upstream", text: "its answer broke off", remedy: `${waits} and the network between.` });
  if (/ECONN|socket hang up|Connection terminated|fetch failed/i.test(message)) {
    return say({ code: "upstream", text: `cannot be reached (${message})`, remedy: `${waits} and the network between.` });
  }
  return say({ code: "upstream", text: message, remedy: `${waits}.` });
}
