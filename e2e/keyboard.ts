import type { Locator, Page } from "@playwright/test";

/** More stops of Tab than any page has before what its stories look for. */
const mostStops = 150;

/** Tab until it has the focus. */
export async function pressUntilFocused(page: Page, target: Locator): Promise<void> {
  await target.waitFor();
  for (let press = 0; press < mostStops; press += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${target}`);
}

/**
 * A page of the server shows its buttons a moment before React listens to them; a press before that is lost. React marks the elements that it has taken
 * over.
 */
export async function untilItListens(page: Page): Promise<void> {
  await page.waitForFunction(() =>
    [...document.querySelectorAll("a[href], button")].every((each) => Object.keys(each).some((key) => key.startsWith("__reactProps"))),
  );
}

/** How a story presses what it names. */
export const hands = {
  mouse: (_: Page, target: Locator) => target.click(),
  keyboard: async (page: Page, target: Locator) => {
    await pressUntilFocused(page, target);
    await page.keyboard.press("Enter");
  },
};
