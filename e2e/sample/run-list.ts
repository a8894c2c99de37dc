import type { Locator, Page } from "@playwright/test";
import { type Run, RunPage } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { call } from "../api";
import { expect } from "../fixtures";
import { hands } from "../keyboard";

export const at = (query: string) => `/runs?environment=${sample}&${query}`;

export const listed = async (query: string): Promise<RunPage> =>
  RunPage.parse(await (await call("viewer", `/api/runs?environment=${sample}&${query}`)).json());

export const rows = (page: Page): Locator => page.getByRole("table", { name: "Runs" }).getByRole("checkbox", { name: /^Choose / });
export const shownRuns = (page: Page): Promise<string[]> =>
  rows(page).evaluateAll((boxes) => boxes.map((box) => box.getAttribute("aria-label") ?? ""));
export const labelOf = ({ pipeline, runId }: Run) => `Choose ${pipeline}, run ${runId}`;

export type Hand = keyof typeof hands;
/** `typed`: what has to be written for the choice to be there; by keyboard every choice is found by writing. */
export type Filter = { kind: string; choice: string; typed?: string };

/** Opens the menu of filters and chooses one and its value, each of which is there once. */
export async function addFilter(page: Page, hand: Hand, { kind, choice, typed }: Filter): Promise<void> {
  await hands[hand](page, page.getByRole("button", { name: "Add filter" }));
  const menu = page.getByRole("dialog", { name: "Add a filter" });
  const choose = async (field: string, option: Locator, text: string | undefined) => {
    await expect(menu.getByRole("combobox", { name: field, exact: true })).toBeFocused();
    if (text !== undefined) await page.keyboard.type(text);
    await expect(option).toHaveCount(1);
    if (hand === "mouse") return option.click();
    while ((await option.getAttribute("aria-selected")) !== "true") await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
  };
  const isTyping = hand === "keyboard";
  await choose("Filter", menu.getByRole("option", { name: new RegExp(`^${kind}`) }), isTyping ? kind : undefined);
  await choose("Value of the filter", menu.getByRole("option", { name: choice, exact: true }), typed ?? (isTyping ? choice : undefined));
  await expect(menu).toBeHidden();
}
