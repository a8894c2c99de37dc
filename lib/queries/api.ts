import { paths } from "@/lib/paths";
import type { Problem } from "@/lib/schemas/problem";

/** What the API refused or could not do; `status` 0 means that no answer came at all. */
export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail || problem.title);
    this.name = "ApiError";
    this.problem = problem;
  }
}

export const unreachable: Problem = {
  type: "about:blank",
  title: "Penstock does not answer",
  status: 0,
  detail: "The dashboard cannot be reached from this browser.",
  system: "Penstock",
  remedy: "Check the connection. This page tries again by itself.",
  requestId: "",
};

type Query = Record<string, string | number | undefined>;

function address(path: string, query?: Query): string {
  const given = Object.entries(query ?? {}).filter((pair): pair is [string, string | number] => pair[1] !== undefined && pair[1] !== "");
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}

async function problemOf(response: Response): Promise<Problem> {
  const fallback: Problem = {
    ...unreachable,
    status: response.status,
    title: response.statusText || "Unexpected answer",
    detail: `Penstock answered ${response.status} without saying why.`,
    remedy: "Try again; if it stays, tell an administrator the time and this address.",
  };
  if (!response.headers.get("content-type")?.includes("json")) return fallback;
  return { ...fallback, ...((await response.json()) as Partial<Problem>) };
}

async function request<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers: { accept: "application/json", ...init.headers }, credentials: "same-origin" });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(unreachable);
  }
  if (response.status === 401 && typeof window !== "undefined") {
    window.location.assign(`${paths.login}?callbackUrl=${encodeURIComponent(window.location.pathname + window.location.search)}`);
  }
  if (!response.ok) throw new ApiError(await problemOf(response));
  return (await response.json()) as T;
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) => request<T>(address(path, query), { signal: signal ?? null }),
  post: <T>(path: string, body: unknown, headers: Record<string, string>) =>
    request<T>(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...headers } }),
  put: <T>(path: string, body: unknown) =>
    request<T>(path, { method: "PUT", body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  delete: <T>(path: string) => request<T>(path, { method: "DELETE" }),
};
