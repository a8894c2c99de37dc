import { expect, type Locator, type Page } from "@playwright/test";
import { apiPaths, paths } from "@/lib/paths";
import { RunComparison } from "@/lib/schemas/compare";
import type { RunId } from "@/lib/schemas/run";
import { call } from "./api";
import { hands, untilItListens } from "./keyboard";

export const bothHands = Object.keys(hands) as (keyof typeof hands)[];

interface Failed {
  run: RunId;
  taskId: string;
  /** As people read it. */
  failure: RegExp;
  /** A line that proves it, or a fact where the container left no line. */
  proof: RegExp;
  fact: RegExp;
}

/**
 * From the sign-in page to the same task in the last good run, by mouse or by keyboard alone.
 * @param start where a shared link leads; without it, where an engineer begins
 */
export async function findsOutWhy(page: Page, by: keyof typeof hands, { run, taskId, failure, proof, fact }: Failed, start = "/login") {
  let presses = 0;
  const press = async (target: Locator) => {
    presses += 1;
    await hands[by](page, target);
  };
  const comparison = RunComparison.parse(await (await call("viewer", apiPaths.compare(run))).json());

  await page.goto(start);
  await untilItListens(page);
  await hands[by](page, page.getByRole("button", { name: /operator/i }));
  await expect(page, "an engineer begins with the runs").toHaveURL(/\/runs\b/);
  await press(page.getByRole("link", { name: `run ${run.runId}` }));
  await page.waitForURL((url) => url.pathname === paths.run(run));
  const card = page.getByRole("region", { name: "Why it failed" });
  await expect(card).toContainText(failure);
  await expect(card).toContainText(proof);
  await expect(card).toBeInViewport();
  expect(presses, "presses from sign-in to class and lines").toBe(1);

  await press(page.getByRole("link", { name: "Compare with last good" }));
  await page.waitForURL((url) => url.pathname === paths.compare(run));
  await expect(page.getByRole("heading", { level: 1 })).toContainText(comparison.sentence[0]?.text ?? "no sentence");
  await expect(page.getByRole("table", { name: "Differences" })).toContainText(comparison.things[0]?.title ?? "no difference");
  expect(presses, "presses to what changed").toBe(2);

  const both = page.getByRole("table", { name: "Tasks of both runs" });
  await press(both.getByRole("link", { name: taskId, exact: true }).first());
  await page.waitForURL((url) => url.pathname.startsWith(`${paths.run(run)}/${taskId}/`));
  await expect(page.getByRole("region", { name: "How it ran" })).toContainText(fact);
  await press(page.getByRole("link", { name: "Same task, last good run" }));
  await page.waitForURL((url) => !url.pathname.startsWith(paths.run(run)) && url.pathname.includes(`/${taskId}/`));
  await expect(page.getByRole("heading", { level: 1 })).toContainText("succeeded");
  expect(presses, "presses to the same task in the last good run").toBe(4);
}
