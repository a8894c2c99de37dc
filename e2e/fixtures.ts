import { test as base, expect, type Page } from "@playwright/test";
import type { Role } from "@/lib/schemas/user";
import { untilItListens } from "./keyboard";
import { platform } from "./platform";

interface Fixtures {
  /** Signs in on the demo's "continue as" page as the person who has this role. */
  signInAs: (role: Role) => Promise<Page>;
}

export async function signIn(page: Page, role: Role): Promise<void> {
  await page.goto("/login");
  await untilItListens(page);
  await page.getByRole("button", { name: new RegExp(`${role}`, "i") }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
}

/** Opens pages as a person does, who presses nothing in the instant before a page listens. */
function patient(page: Page): Page {
  const [goto, reload] = [page.goto.bind(page), page.reload.bind(page)];
  const listening = async <T>(answer: Promise<T>): Promise<T> => {
    const answered = await answer;
    await untilItListens(page);
    return answered;
  };
  page.goto = (...given) => listening(goto(...given));
  page.reload = (...given) => listening(reload(...given));
  return page;
}

export const test = base.extend<Fixtures>({
  signInAs: async ({ page }, use) => {
    await use(async (role) => {
      await signIn(page, role);
      return page;
    });
  },
  // A page that throws is a failed test whatever else it shows. A test that breaks a system on purpose says so with `failing`.
  page: async ({ page }, use) => {
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(`${error}`));
    await use(patient(page));
    expect(errors, "uncaught errors in the page").toEqual([]);
  },
});

export { expect, platform };
