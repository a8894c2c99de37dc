import "server-only";
import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

export type Handler = (request: Request, context: { params: Promise<Record<string, string | string[]>> }) => Promise<Response>;

export interface Door {
  /** As OpenAPI writes it: `/api/tables/{environment}/{table}`. */
  path: string;
  method: string;
  handler: Handler;
}

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

function routeFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith("route.ts"))
    .map((name) => join(folder, name));
}

/** Every door that the files under app/ open, next-auth's own apart. */
export async function everyDoor(): Promise<Door[]> {
  const doors: Door[] = [];
  for (const file of routeFiles(join(root, "app"))) {
    const path = `/${relative(join(root, "app"), file).split(sep).slice(0, -1).join("/")}`
      .replace(/\/\([^)]+\)/g, "")
      .replace(/\[\.\.\.(\w+)\]/g, "{$1}")
      .replace(/\[(\w+)\]/g, "{$1}");
    if (path.startsWith("/api/auth/")) continue;
    const module = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as Record<string, unknown>;
    for (const method of methods) {
      if (typeof module[method] === "function") doors.push({ path, method, handler: module[method] as Handler });
    }
  }
  return doors;
}

/** Knocks as the router would: ids as the path has them, encoded whole. */
export function knock(door: Door, ids: Record<string, string>, init: RequestInit & { query?: string } = {}): Promise<Response> {
  const names = [...door.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  const path = names.reduce((text, name) => text.replace(`{${name}}`, encodeURIComponent(ids[name] ?? name)), door.path);
  const params = Object.fromEntries(
    names.map((name) => [name, name === "unknown" ? [ids[name] ?? name] : encodeURIComponent(ids[name] ?? name)]),
  );
  const request = new Request(`http://localhost:3000${path}${init.query ?? ""}`, { method: door.method, ...init });
  return door.handler(request, { params: Promise.resolve(params) });
}
