import { z } from "zod";

/** In rising order: each role may do all that the one before it may. */
export const Role = z.enum(["viewer", "analyst", "operator", "admin"]);
export type Role = z.infer<typeof Role>;

export const User = z.object({ id: z.string().min(1), name: z.string(), role: Role });
export type User = z.infer<typeof User>;

export const Permission = z.enum([
  "read",
  "view:save",
  "table:refresh",
  "run:trigger",
  "run:rerun",
  "run:stop",
  "run:note",
  "activity:read",
  "token:manage",
  "doctor:run",
]);
export type Permission = z.infer<typeof Permission>;
