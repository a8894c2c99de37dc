import "server-only";
import { Role, type User } from "@/lib/schemas/user";

/** The demo's four people, one for each role. */
export const demoPeople: User[] = [
  { id: "demo:vera", name: "Vera Novak", role: "viewer" },
  { id: "demo:ana", name: "Ana Costa", role: "analyst" },
  { id: "demo:oskar", name: "Oskar Lind", role: "operator" },
  { id: "demo:ada", name: "Ada Okafor", role: "admin" },
];

/** On https and on plain http: `__Host-` binds the cookie to this host and to https, and browsers refuse that prefix on http. */
export const sessionCookieNames = ["__Host-penstock.session", "penstock.session"] as const;

const loopbackNames = ["localhost", "127.0.0.1", "::1", "[::1]"];

/** Whether a listen address or a Host header names this machine only. */
export function isLoopbackHost(host: string | null): boolean {
  if (host === null) return false;
  return loopbackNames.includes(host) || loopbackNames.includes(host.replace(/:\d{1,5}$/, ""));
}

/** The highest role that the groups give; null, so no access, when none is listed or the claim is not a list of text. */
export function roleOfGroups(claim: unknown, roles: Record<string, Role>): Role | null {
  const groups = typeof claim === "string" ? [claim] : Array.isArray(claim) ? claim : [];
  const given = groups.flatMap((group: unknown) => (typeof group === "string" && Object.hasOwn(roles, group) ? [roles[group]] : []));
  return Role.options.findLast((role) => given.includes(role)) ?? null;
}
