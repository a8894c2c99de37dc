import type { IncomingHttpHeaders } from "node:http";
import type { Asked } from "./rules";

const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value) ?? "";

function restOperation(method: string, path: string): string {
  const [, kind, name] = path.split("/");
  if (kind === "restapi") return "InvokeRestApi";
  if (kind === "webtoken") return "CreateWebLoginToken";
  if (kind === "environments") return name ? "GetEnvironment" : "ListEnvironments";
  return `${method} ${path}`;
}

function airflowPath(body: string): string | null {
  try {
    return String((JSON.parse(body) as { Path?: unknown }).Path ?? "");
  } catch {
    return null;
  }
}

export interface Signature {
  key: string;
  region: string;
  service: string;
}

/** Whose key signed, and for which region and service; null when the request is unsigned. */
export function signatureOf(headers: IncomingHttpHeaders): Signature | null {
  const found = first(headers.authorization).match(/Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/);
  return found ? { key: found[1] ?? "", region: found[2] ?? "", service: found[3] ?? "" } : null;
}

/** What the request asks of which service: by its target (AWS JSON), its form (Query) or its path (REST). */
export function readAsked(
  request: { method: string; path: string; headers: IncomingHttpHeaders; body: string },
  accounts: Map<string, string>,
): Asked {
  const signature = signatureOf(request.headers);
  const service = signature?.service ?? "unknown";
  const target = first(request.headers["x-amz-target"]).split(".").at(-1);
  const action = new URLSearchParams(request.body).get("Action");
  const operation = target || (service === "sts" && action) || restOperation(request.method, request.path);
  return {
    service,
    operation,
    path: operation === "InvokeRestApi" ? airflowPath(request.body) : null,
    account: accounts.get(signature?.key ?? "") ?? null,
    region: signature?.region ?? null,
  };
}

/** After AssumeRole: the key that it handed out, and the account of its role. */
export function keyHandedOut(body: string, answer: string): { key: string; account: string } | null {
  const role = new URLSearchParams(body).get("RoleArn") ?? "";
  const key = answer.match(/<AccessKeyId>([^<]+)/)?.[1];
  const account = role.split(":")[4];
  return key && account ? { key, account } : null;
}
