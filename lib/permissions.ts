import type { Permission, Role } from "./schemas/user";

/** In rising order. Not read from the zod enum: browsers import this table, and zod weighs more than a page. */
const roles: Role[] = ["viewer", "analyst", "operator", "admin"];

/** The least role that has each permission: one table for the verb that checks and the button that explains. */
export const leastRole: Record<Permission, Role> = {
  read: "viewer",
  "view:save": "viewer",
  "activity:read": "viewer",
  "table:refresh": "analyst",
  "run:trigger": "operator",
  "run:rerun": "operator",
  "run:stop": "operator",
  "run:note": "operator",
  "token:manage": "admin",
  "doctor:run": "admin",
};

export function isAllowed(role: Role, permission: Permission): boolean {
  return roles.indexOf(role) >= roles.indexOf(leastRole[permission]);
}

/** What a disabled button says. */
export function whyNotAllowed(permission: Permission): string {
  const role = leastRole[permission];
  return `Needs the role ${role}${role === "admin" ? "" : " or higher"}`;
}
