import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { isAllowed } from "@/lib/permissions";
import { requireUser } from "@/server/auth";
import { AdminScreen } from "./admin-screen";

export const metadata: Metadata = { title: "Admin" };

/** The layout has read the sources already. To whoever may not, there is no such page. */
export default async function AdminPage() {
  const user = await requireUser();
  if (!isAllowed(user.role, "doctor:run")) notFound();
  return <AdminScreen />;
}
