import "server-only";
import { createHash, timingSafeEqual } from "node:crypto";
import { eq, sql } from "drizzle-orm";
import type { NextAuthOptions } from "next-auth";
import { type GetTokenParams, getToken } from "next-auth/jwt";
import CredentialsProvider from "next-auth/providers/credentials";
import { isAllowed, leastRole } from "@/lib/permissions";
import { type Permission, Role, type User } from "@/lib/schemas/user";
import { demoPeople, isLoopbackHost, roleOfGroups, sessionCookieNames } from "./auth-rules";
import { env } from "./env";
import { AppError } from "./errors";
import { ledger, pingLedger } from "./ledger/db";
import { apiToken } from "./ledger/schema";

/** A working day: a JWT cannot be taken back, so it does not live longer; next-auth, which extends it at each use, does not know that. */
const sessionMaxAgeS = 8 * 60 * 60;
/** A token's last use is told to the minute. */
const usedAgainMs = 60_000;
/** How long this process believes what it read of a token: a revoked one is refused after that, well within five seconds. */
const tokenAgeMs = 2_000;
const mostTokens = 1_000;
const nowS = () => Math.floor(Date.now() / 1000);

export type Principal = { user: User; via: "session" | "token" };

const isHttps = () => env().publicUrl.startsWith("https://");

export function sessionCookieName(): string {
  return isHttps() ? sessionCookieNames[0] : sessionCookieNames[1];
}

/**
 * next-auth's options for a request with that Host header. The demo's provider is there only in the demo, on a loopback listen address, for a
 * loopback Host: elsewhere it does not exist.
 */
export function authOptions(host: string | null): NextAuthOptions {
  const { auth, authSecret, isDemo, host: listenAddress } = env();
  const hasDemo = isDemo && isLoopbackHost(listenAddress) && isLoopbackHost(host);
  return {
    secret: authSecret,
    session: { strategy: "jwt", maxAge: sessionMaxAgeS },
    pages: { signIn: "/login", error: "/login", signOut: "/login" },
    useSecureCookies: isHttps(),
    cookies: {
      sessionToken: { name: sessionCookieName(), options: { httpOnly: true, sameSite: "lax", path: "/", secure: isHttps() } },
    },
    providers: [...(auth ? [oidcProvider(auth)] : []), ...(hasDemo ? [demoProvider()] : [])],
    callbacks: {
      async signIn({ user }) {
        if (!isUser(user)) return false;
        await pingLedger(); // nobody comes in while what they do could not be recorded
        return true;
      },
      jwt({ token, user, account }) {
        if (!account || !isUser(user)) return token;
        return { sub: user.id, name: user.name, role: user.role, provider: account.provider, signedInAt: nowS() };
      },
      session({ session, token }) {
        return { expires: session.expires, user: { name: token.name ?? null, role: token.role } };
      },
    },
  };
}

/** Which ways in exist for a request with that Host: what the sign-in page offers. */
export function signInOptions(host: string | null): { oidc: boolean; demo: User[] } {
  const ids = authOptions(host).providers.map((provider) => provider.options?.id ?? provider.id);
  return { oidc: ids.includes("oidc"), demo: ids.includes("demo") ? demoPeople : [] };
}

function oidcProvider(auth: NonNullable<ReturnType<typeof env>["auth"]>): NextAuthOptions["providers"][number] {
  const { issuer, clientId, clientSecret, groupsClaim } = auth.oidc;
  return {
    id: "oidc",
    name: "Company account",
    type: "oauth",
    wellKnown: `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    issuer,
    clientId,
    clientSecret,
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    authorization: { params: { scope: "openid profile email" } },
    profile(claims: Record<string, unknown>) {
      const role = roleOfGroups(claims[groupsClaim], auth.groups);
      return { id: String(claims.sub), name: String(claims.name ?? claims.email ?? claims.sub), role };
    },
  };
}

function demoProvider() {
  return CredentialsProvider({
    id: "demo",
    name: "Demo",
    credentials: { person: { label: "Person" } },
    authorize(credentials) {
      return demoPeople.find((person) => person.id === credentials?.person) ?? null;
    },
  });
}

/** The only proof of a user: an id that is text and a role from the enum. */
export function isUser(value: unknown): value is User {
  if (value === null || typeof value !== "object") return false;
  const { id, role } = value as { id?: unknown; role?: unknown };
  return typeof id === "string" && id !== "" && Role.safeParse(role).success;
}

async function sessionUser(cookies: Record<string, string>): Promise<User | null> {
  // next-auth would also take a bearer JWT from the headers; a header never reaches it here.
  const token = await getToken({
    req: { cookies, headers: {} } as unknown as GetTokenParams["req"],
    secret: env().authSecret,
    cookieName: sessionCookieName(),
    secureCookie: isHttps(),
  });
  if (!token || (token.provider === "demo" && !env().isDemo)) return null;
  if (typeof token.signedInAt !== "number" || nowS() - token.signedInAt > sessionMaxAgeS) return null;
  const user = { id: token.sub, name: token.name ?? token.sub, role: token.role };
  return isUser(user) ? user : null;
}

type TokenRow = typeof apiToken.$inferSelect;
const shared = globalThis as typeof globalThis & { penstockTokens?: Map<string, { row: TokenRow; readAt: number }> };

/** The token's row, of which a copy serves for a moment: whoever asks often is looked up seldom. */
async function findToken(hash: string): Promise<TokenRow | null> {
  shared.penstockTokens ??= new Map();
  const tokens = shared.penstockTokens;
  const key = `${env().databaseUrl} ${hash}`;
  const known = tokens.get(key);
  if (known && performance.now() - known.readAt < tokenAgeMs) return known.row;
  const readAt = performance.now();
  const [row] = await ledger().select().from(apiToken).where(eq(apiToken.tokenHash, hash));
  tokens.delete(key);
  if (!row) return null;
  if (tokens.size >= mostTokens) tokens.clear();
  tokens.set(key, { row, readAt });
  return row;
}

async function tokenUser(authorization: string): Promise<User | null> {
  const given = /^Bearer ([A-Za-z0-9_-]{20,200})$/i.exec(authorization)?.[1] ?? "";
  const hash = createHash("sha256").update(given).digest("hex");
  const row = await findToken(hash);
  const isSame = timingSafeEqual(Buffer.from(row?.tokenHash ?? "0".repeat(64)), Buffer.from(hash));
  if (!row || !isSame || given === "" || row.revokedAt !== null || (row.expiresAt !== null && row.expiresAt.getTime() <= Date.now()))
    return null;
  const user = { id: `token:${row.id}`, name: row.name, role: row.role };
  if (!isUser(user)) return null;
  if (row.lastUsedAt === null || Date.now() - row.lastUsedAt.getTime() > usedAgainMs) {
    // At once in the copy too: those that come meanwhile need not write it again.
    row.lastUsedAt = new Date();
    await ledger().update(apiToken).set({ lastUsedAt: sql`now()` }).where(eq(apiToken.id, row.id));
  }
  return user;
}

const unauthenticated = () =>
  new AppError("unauthenticated", "Sign in, or send a token that is valid", {
    remedy: "Sign in at /login, or send Authorization: Bearer <token>.",
  });

/** Who asks. An Authorization header decides alone: with it, the cookie is ignored. @throws AppError `unauthenticated` */
export async function authenticate(request: Request): Promise<Principal> {
  const authorization = request.headers.get("authorization");
  const user = authorization !== null ? await tokenUser(authorization) : await sessionUser(parseCookies(request.headers.get("cookie")));
  if (!isUser(user)) throw unauthenticated();
  return { user, via: authorization !== null ? "token" : "session" };
}

export async function currentUser(request: Request): Promise<User> {
  return (await authenticate(request)).user;
}

/** The signed-in person of a page; without one, the browser is sent to the sign-in page. */
export async function requireUser(): Promise<User> {
  const [{ cookies }, { redirect }] = await Promise.all([import("next/headers"), import("next/navigation")]);
  const jar = await cookies();
  const user = await sessionUser(Object.fromEntries(jar.getAll().map(({ name, value }) => [name, value])));
  return user ?? redirect("/login");
}

/** @throws AppError `forbidden` naming the role that is missing */
export function allow(user: User, permission: Permission): void {
  if (isUser(user) && isAllowed(user.role, permission)) return;
  throw new AppError("forbidden", `${permission} needs the role ${leastRole[permission]}; yours is ${user.role}`, {
    remedy: `Ask an admin of Penstock for the role ${leastRole[permission]}.`,
  });
}

function parseCookies(header: string | null): Record<string, string> {
  const cookies: Record<string, string> = {};
  for (const pair of (header ?? "").split(";")) {
    const at = pair.indexOf("=");
    if (at > 0) cookies[pair.slice(0, at).trim()] = pair.slice(at + 1).trim();
  }
  return cookies;
}
