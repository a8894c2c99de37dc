import "server-only";
import NextAuth from "next-auth";
import { authOptions } from "./auth";

/** next-auth's own pages and callbacks, with the providers that exist for this request's Host. */
export async function handleAuth(request: Request, context: { params: Promise<{ nextauth: string[] }> }): Promise<Response> {
  const answer: Response = await NextAuth(request as never, context as never, authOptions(request.headers.get("host")));
  answer.headers.set("cache-control", "private, no-store");
  answer.headers.set("x-content-type-options", "nosniff");
  return answer;
}
