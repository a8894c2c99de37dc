import "server-only";
import {
  CreateWebLoginTokenCommand,
  type CreateWebLoginTokenCommandOutput,
  GetEnvironmentCommand,
  ListEnvironmentsCommand,
  MWAAClient,
} from "@aws-sdk/client-mwaa";
import type { EnvironmentFact } from "@/lib/schemas/facts";
import { type EnvironmentConfig, env } from "@/server/env";
import { AppError, findAppError } from "@/server/errors";
import { type Access, clientFor, clientSettings } from "./aws";
import { perSecond } from "./budgets";
import { type Budget, type CallOptions, call, systemName } from "./call";
import { PageTrail } from "./paging";
import { serverNow } from "./server-clock";

/** Who goes first when polling has to wait: what happens now, then what it leaves open, then history. */
export type Urgency = "active" | "idle" | "backfill";
const reserves: Record<Urgency, number> = { active: 0, idle: 2, backfill: 4 };

/** InvokeRestApi allows 10 requests a second for everybody: polling keeps to 2, actions to 2 of their own. */
export const pollBudget = (environment: EnvironmentConfig, urgency: Urgency = "active"): Budget => ({
  environment: environment.name,
  source: "airflow",
  purpose: "poll",
  perSecond: perSecond.airflow,
  burst: 6,
  reserve: reserves[urgency],
});
export const actionBudget = (environment: EnvironmentConfig): Budget => ({ ...pollBudget(environment), purpose: "action" });

export interface InvokeOptions extends Omit<CallOptions, "operation"> {
  /** Airflow is known to be up: its "internal error" is about what this request asks for, not an outage. */
  isOneOfMany?: boolean;
}

export interface Invoked {
  /** The body, unchecked. */
  answer: unknown;
  sizeBytes: number;
}

export type RestMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface RestRequest {
  method: RestMethod;
  /** Airflow's path without /api/vN. */
  path: string;
  query?: Record<string, string | number | boolean | string[]>;
  body?: unknown;
}

interface HttpMessage {
  path: string;
  headers: Record<string, string>;
  body?: unknown;
  statusCode?: number;
}
interface Wire {
  serialize(input: unknown, context: unknown): Promise<HttpMessage>;
  deserialize(output: HttpMessage, context: { streamCollector(body: unknown): Promise<Uint8Array> }): Promise<unknown>;
}

/**
 * The published client predates InvokeRestApi. It shares host prefix, signing and error form with CreateWebLoginToken,
 * so this is that command with another path, a body, and the answer read as it is (AWS service model mwaa 2020-07-01).
 */
export class InvokeRestApiCommand extends CreateWebLoginTokenCommand {
  constructor(name: string, request: RestRequest) {
    super({ Name: name });
    const wire = this as unknown as Wire;
    const { serialize, deserialize } = wire;
    wire.serialize = async (input, context) => {
      const message = await serialize(input, context);
      message.path = message.path.replace(/webtoken\/([^/]+)$/, "restapi/$1");
      message.headers["content-type"] = "application/json";
      message.body = JSON.stringify({ Method: request.method, Path: request.path, QueryParameters: request.query, Body: request.body });
      return message;
    };
    wire.deserialize = async (output, context) => {
      if ((output.statusCode ?? 0) >= 300) return deserialize(output, context);
      const bytes = Buffer.from(await context.streamCollector(output.body));
      return { $metadata: { httpStatusCode: output.statusCode }, ...JSON.parse(bytes.toString("utf8")), sizeBytes: bytes.length };
    };
  }
}

/** An endpoint of our own has no env. and api. hosts before it. */
export const mwaaClient = (settings: ReturnType<typeof clientSettings>) =>
  new MWAAClient({ ...settings, disableHostPrefix: env().awsEndpointUrl !== null });

const client = (environment: EnvironmentConfig, access: Access) =>
  clientFor("mwaa", environment, access, () => mwaaClient(clientSettings(environment, access)));

/** What time it is at MWAA, by its answers; null before the first. */
export const airflowNow = (environment: EnvironmentConfig): Date | null => serverNow(environment.name, "mwaa");

/** Airflow's `detail` is text, `{reason, message}`, or a list of `{loc, msg}`; its first paragraph says what a person needs. */
function saidBy(answer: unknown): string | null {
  const { detail, title } = (answer ?? {}) as { detail?: unknown; title?: unknown };
  if (Array.isArray(detail)) {
    return detail
      .map(({ loc, msg }: { loc?: unknown[]; msg?: unknown }) => `${(loc ?? []).slice(1).join(".")}: ${String(msg)}`)
      .join("; ")
      .slice(0, 500);
  }
  const found = typeof detail === "object" && detail !== null && "reason" in detail ? detail.reason : (detail ?? title);
  return typeof found === "string" ? (found.split("\n\n")[0] ?? "").slice(0, 500) : null;
}

/** Why MWAA or Airflow did not answer one request, where another request would be: `cause.name` of the AppError. */
type Obstacle = "PathTooLong" | "AnswerTooLarge" | "AnswerFailed";

/** What stood in the way of this one request, null for any other error. */
export function obstacleOf(error: unknown): Obstacle | null {
  const cause = findAppError(error)?.cause;
  const names: string[] = ["PathTooLong", "AnswerTooLarge", "AnswerFailed"] satisfies Obstacle[];
  return cause instanceof Error && names.includes(cause.name) ? (cause.name as Obstacle) : null;
}

function blocked(environment: string, obstacle: Obstacle, message: string, cause: unknown): AppError {
  const system = systemName(environment, "airflow");
  const reason = new Error(message, { cause });
  reason.name = obstacle;
  return new AppError("invalid", `${system}: ${message}`, {
    system,
    cause: reason,
    remedy: "Penstock takes another way where there is one.",
  });
}

/** The error of a path that MWAA does not take, or that cannot be written at all. */
export const pathTooLong = (environment: string, why: string, cause?: unknown) => blocked(environment, "PathTooLong", why, cause);

/** The service model's limit on Path, and on an answer (MWAA user guide: 6 MB; the words are those of the function behind it). */
function awsRefusal(environment: EnvironmentConfig, error: Error): AppError | null {
  if (error.name === "ValidationException" && /\bpath\b/i.test(error.message))
    return pathTooLong(environment.name, `MWAA takes no path as long as this: ${error.message}`, error);
  const isLarge =
    /RequestEntityTooLarge|PayloadTooLarge/.test(error.name) ||
    /payload.*(too large|exceed)|response.*(too large|exceed)/i.test(error.message);
  return isLarge
    ? blocked(environment.name, "AnswerTooLarge", `the answer is larger than MWAA lets through: ${error.message}`, error)
    : null;
}

/** What Airflow itself refused: its status and its words, in ours. */
function airflowRefusal(environment: EnvironmentConfig, error: unknown, isOneOfMany: boolean): unknown {
  if (!(error instanceof Error)) return error;
  if (!("RestApiStatusCode" in error)) return awsRefusal(environment, error) ?? error;
  const status = Number(error.RestApiStatusCode);
  const said = saidBy((error as { RestApiResponse?: unknown }).RestApiResponse) ?? error.name;
  const system = systemName(environment.name, "airflow");
  const refuse = (code: ConstructorParameters<typeof AppError>[0], remedy: string, isRefusal?: boolean) =>
    new AppError(code, `${system}: ${said}`, { system, remedy, cause: error, isRefusal });
  if (status === 500 && isOneOfMany) return blocked(environment.name, "AnswerFailed", said, error);
  if (status === 404) return refuse("not_found", "It may have been deleted in Airflow.");
  if (status === 409) return refuse("conflict", "Airflow has it already.");
  if (status === 400 || status === 422) return refuse("invalid", "Correct the request.");
  if (status === 429) return refuse("throttled", "Penstock slows down by itself.");
  if (status === 401 || status === 403)
    return refuse("upstream", "Give Penstock's role an Airflow role: airflow:InvokeRestApi on role/<environment>/Viewer or User.", true);
  return refuse("upstream", "Penstock asks again by itself; if it lasts, look at the Airflow environment.");
}

/**
 * One request to the environment's Airflow REST API.
 * @throws AppError not_found, conflict or invalid as Airflow said; throttled; upstream when it or the way to it failed
 */
export async function invoke(
  environment: EnvironmentConfig,
  request: RestRequest,
  budget = pollBudget(environment),
  { isOneOfMany = false, ...options }: InvokeOptions = {},
): Promise<Invoked> {
  return call(
    budget,
    async (signal) => {
      const access = budget.purpose === "action" ? "operate" : "read";
      const command = new InvokeRestApiCommand(environment.mwaa, request);
      try {
        const output = await client(environment, access).send(command, { abortSignal: signal });
        const { RestApiResponse, sizeBytes } = output as CreateWebLoginTokenCommandOutput & {
          RestApiResponse?: unknown;
          sizeBytes: number;
        };
        return { answer: RestApiResponse, sizeBytes };
      } catch (error) {
        throw airflowRefusal(environment, error, isOneOfMany);
      }
    },
    { ...options, operation: "airflow:InvokeRestApi" },
  );
}

/** Its own: it is asked when the other has just failed, and may be resting. */
const namesBudget = (environment: EnvironmentConfig): Budget => ({ ...pollBudget(environment), purpose: "names" });

/** Names of the MWAA environments in the account and region. */
async function listEnvironments(environment: EnvironmentConfig): Promise<string[]> {
  const names: string[] = [];
  const trail = new PageTrail(namesBudget(environment));
  let next: string | undefined;
  do {
    const answer = await call(
      namesBudget(environment),
      (signal) => client(environment, "read").send(new ListEnvironmentsCommand({ NextToken: next }), { abortSignal: signal }),
      { operation: "airflow:ListEnvironments" },
    );
    names.push(...(answer.Environments ?? []));
    next = trail.next(answer.NextToken);
  } while (next);
  return names;
}

/** A role that may ask for one environment is refused any other name, whether or not there is one. */
function isUnknown(error: unknown): boolean {
  const own = findAppError(error);
  return own?.code === "not_found" || /not authorized to perform: airflow:GetEnvironment/.test(own?.message ?? "");
}

/** Name, version, state and task log group of the environment. The group is read, never built: only the environment knows it. */
export async function getEnvironment(environment: EnvironmentConfig): Promise<EnvironmentFact> {
  const answer = await call(
    pollBudget(environment),
    (signal) => client(environment, "read").send(new GetEnvironmentCommand({ Name: environment.mwaa }), { abortSignal: signal }),
    { operation: "airflow:GetEnvironment" },
  ).catch(async (error) => {
    const names = isUnknown(error) ? await listEnvironments(environment).catch(() => null) : null;
    if (names === null || names.includes(environment.mwaa)) throw error;
    const system = systemName(environment.name, "airflow");
    const remedy = `Correct mwaa in penstock.yaml. There ${names.length === 0 ? "is none in this account and region" : `are: ${names.join(", ")}`}.`;
    throw new AppError("upstream", `${system}: there is no MWAA environment ${environment.mwaa}. ${remedy}`, {
      system,
      remedy,
      cause: error,
    });
  });
  const found = answer.Environment;
  const taskLogs = found?.LoggingConfiguration?.TaskLogs;
  const group = taskLogs?.Enabled === false ? undefined : taskLogs?.CloudWatchLogGroupArn?.match(/log-group:([^:]+)/)?.[1];
  return {
    mwaaName: found?.Name ?? environment.mwaa,
    airflowVersion: found?.AirflowVersion ?? null,
    status: found?.Status ?? "UNKNOWN",
    webserverUrl: found?.WebserverUrl ?? null,
    taskLogGroup: group ?? null,
  };
}
