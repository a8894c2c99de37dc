import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eq } from "drizzle-orm";
import type { NextAuthOptions } from "next-auth";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { isAllowed, leastRole, whyNotAllowed } from "@/lib/permissions";
import { Permission, Role } from "@/lib/schemas/user";
import { allow, authenticate, authOptions, isUser, sessionCookieName, signInOptions } from "./auth";
import { demoPeople, isLoopbackHost, roleOfGroups } from "./auth-rules";
import { shareAuthVariables } from "./env";
import { findAppError } from "./errors";
import { ledger } from "./ledger/db";
import { apiToken } from "./ledger/schema";
import { seedTokens } from "./ledger/seed-tokens";
import { configure } from "./testing/configuration";
import { people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";

let server: TestLedger;
const folder = mkdtempSync(join(tmpdir(), "penstock-tokens-"));
beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true });
});

const oidc = {
  oidc: { issuer: "https://login.example.com", clientId: "penstock", clientSecret: "secret", groupsClaim: "groups" },
  groups: { analysts: "analyst", platform: "admin" },
} as const;
const providers = (host: string | null) => authOptions(host).providers.map((provider) => provider.options?.id ?? provider.id);

describe("permissions", () => {
  test("each role may do all that the one below it may, and the table names a role for each permission", () => {
    for (const permission of Permission.options) {
      const allowed = Role.options.filter((role) => isAllowed(role, permission));
      expect(allowed).toEqual(Role.options.slice(Role.options.indexOf(leastRole[permission])));
      expect(whyNotAllowed(permission)).toContain(leastRole[permission]);
    }
  });
  test("only an operator or an admin may trigger", () => {
    expect(Role.options.filter((role) => isAllowed(role, "run:trigger"))).toEqual(["operator", "admin"]);
    expect(() => allow(people.analyst, "run:trigger")).toThrow(expect.objectContaining({ code: "forbidden" }));
  });
  test.each([
    null,
    undefined,
    {},
    "admin",
    { error: "server misconfigured" },
    { id: 1, role: "admin" },
    { id: "", role: "admin" },
    { id: "x", role: "root" },
    new Error("x"),
  ])("%o is nobody, and nobody may read", (value) => {
    expect(isUser(value)).toBe(false);
    expect(() => allow(value as never, "read")).toThrow();
  });
});

describe("the demo's people", () => {
  test.each([
    ["localhost:3000", true],
    ["127.0.0.1:3000", true],
    ["[::1]:3000", true],
    ["penstock.example.com", false],
    ["localhost.example.com", false],
    ["127.0.0.1.nip.io:3000", false],
    [null, false],
  ])("exist for the Host %s: %s", (host, isThere) => {
    expect(isLoopbackHost(host)).toBe(isThere);
    configure();
    expect(providers(host)).toEqual(isThere ? ["demo"] : []);
  });
  test("do not exist on another listen address, nor outside the demo", () => {
    configure({ host: "0.0.0.0" });
    expect(providers("localhost:3000")).toEqual([]);
    configure({ isDemo: false, auth: oidc as never });
    expect(providers("localhost:3000")).toEqual(["oidc"]);
    expect(signInOptions("localhost:3000")).toEqual({ oidc: true, demo: [] });
  });
  test("are one for each role, and nobody else can be chosen", async () => {
    configure();
    expect(demoPeople.map((person) => person.role)).toEqual([...Role.options]);
    const [provider] = authOptions("localhost").providers as unknown as { options: { authorize(given: unknown): unknown } }[];
    expect(provider?.options.authorize({ person: "demo:ada" })).toEqual(people.admin);
    expect(provider?.options.authorize({ person: "root" })).toBeNull();
    expect(provider?.options.authorize(undefined)).toBeNull();
  });
});

describe("sign-in by the company", () => {
  const callbacks = () => authOptions("penstock.example.com").callbacks as Required<NonNullable<NextAuthOptions["callbacks"]>>;
  const claims = (groups: unknown) => ({ sub: "u1", name: "Marta Ruiz", groups });
  const profile = (groups: unknown) => {
    configure({ isDemo: false, auth: oidc as never });
    const [provider] = authOptions(null).providers as unknown as { profile(claims: unknown): { id: string; role: Role | null } }[];
    return provider?.profile(claims(groups));
  };

  test.each([
    [["analysts"], "analyst"],
    [["analysts", "platform", "others"], "admin"],
    ["platform", "admin"],
    [["others"], null],
    [[], null],
    [undefined, null],
    [{ platform: true }, null],
    [["__proto__", "constructor", "toString"], null],
    [["Platform"], null],
  ])("the groups %j give the role %s", (groups, role) => {
    expect(roleOfGroups(groups, { analysts: "analyst", platform: "admin" })).toBe(role);
    expect(profile(groups)?.role).toBe(role);
  });

  test("without a role nobody comes in; with one, the session holds id, name and role and nothing else", async () => {
    configure({ isDemo: false, auth: oidc as never });
    const account = { provider: "oidc", type: "oauth" as const, providerAccountId: "u1", access_token: "not kept" };
    expect(await callbacks().signIn({ user: profile([]) as never, account, profile: {} } as never)).toBe(false);
    const user = { id: "u1", name: "Marta Ruiz", role: "analyst", email: "m@example.com" };
    expect(await callbacks().signIn({ user, account } as never)).toBe(true);
    expect(await callbacks().jwt({ token: { picture: "x" }, user, account } as never)).toEqual({
      sub: "u1",
      name: "Marta Ruiz",
      role: "analyst",
      provider: "oidc",
      signedInAt: expect.closeTo(Date.now() / 1000, -1),
    });
  });

  test("while the ledger is away nobody comes in", async () => {
    configure({ isDemo: false, auth: oidc as never });
    await server.down();
    const error = await Promise.resolve(callbacks().signIn({ user: people.admin } as never)).catch((thrown: unknown) => thrown);
    await server.up();
    expect(findAppError(error)).toMatchObject({ system: "ledger" });
  });

  test("on https the cookie is bound to the host and to https", () => {
    configure({ publicUrl: "https://penstock.example.com" });
    expect(sessionCookieName()).toMatch(/^__Host-/);
    expect(authOptions(null).cookies?.sessionToken?.options).toMatchObject({ httpOnly: true, secure: true, sameSite: "lax", path: "/" });
    configure();
    expect(sessionCookieName()).toBe("penstock.session");
  });
});

describe("the demo's tokens", () => {
  const file = join(folder, "deep", "tokens.json");
  let shiftMs = 0;
  /** The clock of this process's copies moves on. */
  const later = (ms: number) => {
    shiftMs += ms;
  };
  beforeAll(() => {
    const now = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => now() + shiftMs);
  });
  afterAll(() => void vi.restoreAllMocks());
  const read = () => JSON.parse(readFileSync(file, "utf8")) as Record<Role, string>;
  const who = async (token: string) =>
    (await authenticate(new Request("http://localhost:3000/", { headers: { authorization: `Bearer ${token}` } }))).user;

  test("are one for each role, in a file that only its owner reads, hashed in the ledger", async () => {
    configure();
    await seedTokens(ledger(), file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const role of Role.options) expect(await who(read()[role])).toMatchObject({ role, id: `token:demo-${role}` });
    const rows = JSON.stringify((await ledger().execute("select * from api_token")).rows);
    for (const role of Role.options) expect(rows).not.toContain(read()[role]);
  });
  test("stay the same when they are made again, and are made anew when the file is gone or cut short", async () => {
    const before = read();
    await seedTokens(ledger(), file);
    expect(read()).toEqual(before);
    writeFileSync(file, '{"viewer": "abc');
    await seedTokens(ledger(), file);
    expect(read()).not.toEqual(before);
    later(5_000);
    await expect(who(before.admin)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(await who(read().admin)).toMatchObject({ role: "admin" });
    expect(existsSync(`${file}.new`)).toBe(false);
  });

  test("are refused within five seconds of being revoked, and at once when they expire", async () => {
    const revoke = (to: Partial<typeof apiToken.$inferInsert>) => ledger().update(apiToken).set(to).where(eq(apiToken.id, "demo-viewer"));
    await revoke({ expiresAt: new Date(Date.now() + 1_000) });
    later(5_000);
    await who(read().viewer);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_001 });
    await expect(who(read().viewer)).rejects.toMatchObject({ code: "unauthenticated" });
    vi.useRealTimers();
    await revoke({ expiresAt: null });
    later(5_000);
    await who(read().viewer);
    await revoke({ revokedAt: new Date() });
    later(5_000);
    await expect(who(read().viewer)).rejects.toMatchObject({ code: "unauthenticated" });
    await revoke({ revokedAt: null });
    later(5_000);
    expect(await who(read().viewer)).toMatchObject({ role: "viewer" });
  });

  test("are looked up once in a while, and their use is written once a minute", async () => {
    later(5_000);
    const usedAt = async () => (await ledger().select().from(apiToken)).find(({ id }) => id === "demo-operator")?.lastUsedAt;
    await ledger()
      .update(apiToken)
      .set({ lastUsedAt: new Date(0) });
    await who(read().operator);
    const first = await usedAt();
    expect(first?.getTime()).toBeGreaterThan(Date.now() - 60_000);
    await ledger()
      .update(apiToken)
      .set({ lastUsedAt: new Date(0) });
    await Promise.all([who(read().operator), who(read().operator)]);
    expect(await usedAt()).toEqual(new Date(0));
    later(5_000);
    await who(read().operator);
    expect((await usedAt())?.getTime()).toBeGreaterThanOrEqual(first?.getTime() ?? Number.POSITIVE_INFINITY);
  });
});

describe("what next-auth reads by itself", () => {
  test("follows the configuration; another origin refuses to boot", () => {
    configure({ publicUrl: "https://penstock.example.com" });
    process.env.NEXTAUTH_URL = "https://evil.example";
    expect(() => shareAuthVariables()).toThrow(/NEXTAUTH_URL: expected https:\/\/penstock\.example\.com/);
    delete process.env.NEXTAUTH_URL;
    shareAuthVariables();
    expect(process.env.NEXTAUTH_URL).toBe("https://penstock.example.com");
  });
});
