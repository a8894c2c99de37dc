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
import { type Budget, type CallOptions, call, systemName } from "./call";

/** InvokeRestApi allows 10 requests a second for everybody: polling keeps to 2, actions to 2 of their own. */
export const pollBudget = (environment: EnvironmentConfig): Budget => ({
  environment: environment.name,
  source: "airflow",
  purpose: "poll",
  perSecond: 2,
  burst: 6,
});
export const actionBudget = (environment: EnvironmentConfig): Budget => ({ ...pollBudget(environment), purpose: "action" });

export type InvokeOptions = Omit<CallOptions, "operation">;

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
class InvokeRestApiCommand extends CreateWebLoginTokenCommand {
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
      const text = Buffer.from(await context.streamCollector(output.body)).toString("utf8");
      return { $metadata: { httpStatusCode: output.statusCode }, ...JSON.parse(text) };
    };
  }
}

const client = (environment: EnvironmentConfig, access: Access) =>
  clientFor("mwaa", environment, access, () => {
    // An endpoint of our own has no env. and api. hosts before it.
    return new MWAAClient({ ...clientSettings(environment, access), disableHostPrefix: env().awsEndpointUrl !== null });
  });

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

/** What Airflow itself refused: its status and its words, in ours. */
function airflowRefusal(environment: EnvironmentConfig, error: unknown): unknown {
  if (!(error instanceof Error) || !("RestApiStatusCode" in error)) return error;
  const status = Number(error.RestApiStatusCode);
  const said = saidBy((error as { RestApiResponse?: unknown }).RestApiResponse) ?? error.name;
  const system = systemName(environment.name, "airflow");
  const refuse = (code: ConstructorParameters<typeof AppError>[0], remedy: string) =>
    new AppError(code, `${system}: ${said}`, { system, remedy, cause: error });
  if (status === 404) return refuse("not_found", "It may have been deleted in Airflow.");
  if (status === 409) return refuse("conflict", "Airflow has it already.");
  if (status === 400 || status === 422) return refuse("invalid", "Correct the request.");
  if (status === 429) return refuse("throttled", "Penstock slows down by itself.");
  if (status === 401 || status === 403)
    return refuse("upstream", "Give Penstock's role an Airflow role: airflow:InvokeRestApi on role/<environment>/Viewer or User.");
  return refuse("upstream", "Penstock asks again by itself; if it lasts, look at the Airflow environment.");
}

/**
 * One request to the environment's Airflow REST API; the answer's body, unchecked.
 * @throws AppError not_found, conflict or invalid as Airflow said; throttled; upstream when it or the way to it failed
 */
export async function invoke(
  environment: EnvironmentConfig,
  request: RestRequest,
  budget = pollBudget(environment),
  options: InvokeOptions = {},
): Promise<unknown> {
  return call(
    budget,
    async (signal) => {
      const access = budget.purpose === "action" ? "operate" : "read";
      const command = new InvokeRestApiCommand(environment.mwaa, request);
      try {
        const output = await client(environment, access).send(command, { abortSignal: signal });
        return (output as CreateWebLoginTokenCommandOutput & { RestApiResponse?: unknown }).RestApiResponse;
      } catch (error) {
        throw airflowRefusal(environment, error);
      }
    },
    { ...options, operation: "airflow:InvokeRestApi" },
  );
}

/** Names of the MWAA environments in the account and region. */
async function listEnvironments(environment: EnvironmentConfig): Promise<string[]> {
  const names: string[] = [];
  let next: string | undefined;
  do {
    const answer = await call(
      pollBudget(environment),
      (signal) => client(environment, "read").send(new ListEnvironmentsCommand({ NextToken: next }), { abortSignal: signal }),
      { operation: "airflow:ListEnvironments" },
    );
    names.push(...(answer.Environments ?? []));
    next = answer.NextToken;
  } while (next);
  return names;
}

/** Name, version, state and task log group of the environment. The group is read, never built: only the environment knows it. */
export async function getEnvironment(environment: EnvironmentConfig): Promise<EnvironmentFact> {
  const answer = await call(
    pollBudget(environment),
    (signal) => client(environment, "read").send(new GetEnvironmentCommand({ Name: environment.mwaa }), { abortSignal: signal }),
    { operation: "airflow:GetEnvironment" },
  ).catch(async (error) => {
    if (findAppError(error)?.code !== "not_found") throw error;
    const names = await listEnvironments(environment);
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
