import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, type Page } from "@playwright/test";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface Violation {
  id: string;
  nodes: { target: string[] }[];
}

const check = "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })";

/** What axe finds wrong, and how far the page scrolls sideways. */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate(check)) as { violations: Violation[] };
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`),
    name,
  ).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
}

export const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
  [
    { width: 1440, height: 900 },
    { width: 360, height: 780 },
  ].map((viewport) => ({ colorScheme, viewport })),
);

/** What is shown now, in light and in dark. */
export async function inBothSchemes(page: Page, name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await expectAccessible(page, `${name} in ${colorScheme} at ${page.viewportSize()?.width} px`);
  }
}

/** Shows a screen in light and dark, on a desk and on a phone, and checks each. */
export async function everyLook(page: Page, show: () => Promise<void>): Promise<void> {
  for (const { colorScheme, viewport } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    await show();
    await expectAccessible(page, `${page.url()} in ${colorScheme} at ${viewport.width} px`);
  }
}
