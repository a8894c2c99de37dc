import { paths } from "@/lib/paths";

async function post(path: string, fields: Record<string, string>): Promise<{ url?: string }> {
  const { csrfToken } = (await (await fetch("/api/auth/csrf")).json()) as { csrfToken: string };
  const response = await fetch(path, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ csrfToken, json: "true", ...fields }),
  });
  const answer = (await response.json()) as { url?: string };
  if (!response.ok || (answer.url && new URL(answer.url, window.location.href).searchParams.has("error"))) {
    throw new Error(`Sign-in was refused (${response.status}).`);
  }
  return answer;
}

// Only a path of this site is followed: the address bar is not a place to be sent elsewhere from.
const local = (url: string) => (/^\/(?![/\\])/.test(url) ? url : paths.start);

export async function signInAs(person: string, callbackUrl: string) {
  await post("/api/auth/callback/demo", { person, callbackUrl: local(callbackUrl) });
  window.location.assign(local(callbackUrl));
}

export async function signInWithCompany(callbackUrl: string) {
  const { url } = await post("/api/auth/signin/oidc", { callbackUrl: local(callbackUrl) });
  if (!url) throw new Error("The sign-on service gave no address to continue at.");
  window.location.assign(url);
}

export async function signOut() {
  await post("/api/auth/signout", { callbackUrl: paths.login });
  window.location.assign(paths.login);
}
