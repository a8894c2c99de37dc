import { redirect } from "next/navigation";
import { homeOf } from "@/lib/paths";
import { requireUser } from "@/server/auth";

/** Where a person begins, which is known once they are signed in. */
export default async function StartPage() {
  const { role } = await requireUser();
  redirect(homeOf(role));
}
