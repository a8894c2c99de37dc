import { type Permission, Role } from "./schemas/user";

/** The least role that has each permission: one table for the verb that checks and the button that explains. */
export const leastRole: Record<Permission, Role> = {
  read: "viewer",
  "activity:read": "viewer",
  "table:refresh": "analyst",
  "run:trigger": "operator",
  "run:rerun": "operator",
  "run:stop": "operator",
  "run:note": "operator",
  "token:manage": "admin",
};

export function isAllowed(role: Role, permission: Permission): boolean {
  return Role.options.indexOf(role) >= Role.options.indexOf(leastRole[permission]);
}

/** What a disabled button says. */
export function whyNotAllowed(permission: Permission): string {
  const role = leastRole[permission];
  return `Needs the role ${role}${role === "admin" ? "" : " or higher"}`;
}
