"use client";

import { createContext, type ReactNode, use } from "react";
import type { User } from "@/lib/schemas/user";

const SessionContext = createContext<User | null>(null);

export function SessionProvider({ user, children }: { user: User; children: ReactNode }) {
  return <SessionContext value={user}>{children}</SessionContext>;
}

/** The signed-in person. Only for hiding or explaining a control: the verb behind it checks again. */
export function useUser(): User {
  const user = use(SessionContext);
  if (!user) throw new Error("useUser needs a SessionProvider above it");
  return user;
}
