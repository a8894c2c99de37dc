import { type NextRequest, NextResponse } from "next/server";
import { sessionCookieNames } from "./server/auth-rules";

/**
 * Sends pages without a session cookie to the sign-in page and gives each page its content security policy. No lock: every verb checks who asks.
 */
export function proxy(request: NextRequest): NextResponse {
  const { pathname, search } = request.nextUrl;
  const hasSession = sessionCookieNames.some((name) => request.cookies.has(name));
  if (pathname !== "/login" && !hasSession) {
    const login = new URL("/login", request.nextUrl);
    if (pathname !== "/") login.searchParams.set("callbackUrl", pathname + search);
    return secured(NextResponse.redirect(login), policy(null));
  }
  const nonce = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString("base64");
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", policy(nonce));
  return secured(NextResponse.next({ request: { headers } }), policy(nonce));
}

/** Styles may be inline, since components set them as attributes; scripts only with the nonce of this very page. */
function policy(nonce: string | null): string {
  const script = nonce === null ? "'none'" : `'self' 'nonce-${nonce}' 'strict-dynamic'`;
  return [
    "default-src 'self'",
    `script-src ${script}`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
}

function secured(response: NextResponse, contentSecurityPolicy: string): NextResponse {
  response.headers.set("content-security-policy", contentSecurityPolicy);
  response.headers.set("x-content-type-options", "nosniff");
  response.headers.set("x-frame-options", "DENY");
  response.headers.set("referrer-policy", "same-origin");
  response.headers.set("cross-origin-opener-policy", "same-origin");
  response.headers.set("permissions-policy", "camera=(), geolocation=(), microphone=()");
  return response;
}

export const config = { matcher: ["/((?!api/|api$|metrics$|_next/|icon\\.svg$|favicon\\.ico$).*)"] };
