import { airflowEnvironment, region } from "./names";
import type { Options } from "./options";
import { Fix } from "./steps";

export interface AirflowRequest {
  method: "GET" | "POST" | "PATCH";
  /** Without /api/vN. */
  path: string;
  query?: Record<string, string | number | boolean | string[]>;
  body?: Record<string, unknown>;
}

export interface AirflowAnswer {
  status: number;
  answer: unknown;
}

/**
 * A call of Airflow's REST API through the emulated MWAA. The signature is not checked there; the credential scope says which service is meant.
 * @throws Fix when Airflow gave no answer
 */
export async function callAirflow(options: Pick<Options, "ports">, { method, path, query, body }: AirflowRequest): Promise<AirflowAnswer> {
  const scope = `Credential=local/20200101/${region}/airflow/aws4_request`;
  const response = await fetch(`http://127.0.0.1:${options.ports.aws}/restapi/${airflowEnvironment}`, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=local`, "content-type": "application/json" },
    body: JSON.stringify({ Method: method, Path: path, QueryParameters: query, Body: body }),
    signal: AbortSignal.timeout(30_000),
  });
  const told = (await response.json()) as { RestApiStatusCode?: number; RestApiResponse?: unknown; message?: string };
  if (told.RestApiStatusCode === undefined) throw new Fix(`Airflow gave no answer to ${method} ${path}: ${told.message}`);
  return { status: told.RestApiStatusCode, answer: told.RestApiResponse };
}
