import { NextRequest } from "next/server";
import { expect, test } from "vitest";
import { config, proxy } from "./proxy";

const visit = (path: string, cookie?: string) =>
  proxy(new NextRequest(`http://localhost:3000${path}`, cookie ? { headers: { cookie } } : {}));

test.each([
  ["/", "http://localhost:3000/login"],
  ["/runs?state=failed", "http://localhost:3000/login?callbackUrl=%2Fruns%3Fstate%3Dfailed"],
])("without a session %s leads to the sign-in page, and back after it", (path, location) => {
  const response = visit(path);
  expect(response.status).toBe(307);
  expect(response.headers.get("location")).toBe(location);
});

test.each(["/login", "/runs"])("%s gets a policy with a nonce of its own and nothing inline but styles", (path) => {
  const nonces = [1, 2].map(() => {
    const response = visit(path, "penstock.session=anything");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/script-src 'self' 'nonce-[A-Za-z0-9+/=]{24}' 'strict-dynamic';/);
    expect(policy).not.toMatch(/script-src[^;]*unsafe/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("object-src 'none'");
    return policy;
  });
  expect(nonces[0]).not.toBe(nonces[1]);
});

test("it watches pages, and leaves to the doors what is theirs", () => {
  const [matcher = ""] = config.matcher;
  const pages = new RegExp(`^${matcher}$`);
  expect(["/", "/runs", "/runs/local/a/b", "/login", "/apiary", "/tables/local/metrics"].every((path) => pages.test(path))).toBe(true);
  expect(["/api/runs", "/metrics", "/_next/static/x.js", "/icon.svg"].some((path) => pages.test(path))).toBe(false);
});
