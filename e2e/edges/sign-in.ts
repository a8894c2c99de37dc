import { type BrowserContext, expect } from "@playwright/test";

const people = { viewer: "demo:vera", operator: "demo:oskar" } as const;
export type Person = keyof typeof people;

/** As the demo's sign-in page does, without the page: it is not what these stories are of. */
export async function signInTo(context: BrowserContext, origin: string, person: Person): Promise<void> {
  const { csrfToken } = await (await context.request.get(`${origin}/api/auth/csrf`)).json();
  const answer = await context.request.post(`${origin}/api/auth/callback/demo`, {
    form: { csrfToken, person: people[person], json: "true" },
    headers: { origin },
  });
  expect(answer.ok()).toBe(true);
}
