import { readdirSync, readFileSync } from "node:fs";
import { runTabs } from "@/lib/paths";
import { inBothSchemes } from "../accessible";
import { expect, test } from "../fixtures";
import { untilItListens } from "../keyboard";
import { explainedFailure } from "./failed-run";
import { wholeHistory } from "./history";
import { everyScreen, pipelineTabs, type Screen } from "./screens";

/** Pages that show nothing of the console: people/screens.spec.ts has the sign-in, and the other only leads on. */
const elsewhere = ["/login", "/start"];

let screens: Screen[];
test.beforeAll(async () => {
  await wholeHistory();
  const { run, comparison } = await explainedFailure();
  const pair = comparison.tasks.find(({ taskId, now }) => taskId === run.failure?.taskId && now);
  if (!pair?.now) throw new Error("the failed task has no try");
  screens = everyScreen(run, { taskId: pair.taskId, tryNumber: pair.now.tryNumber, mapIndex: pair.mapIndex });
});

const routes = () =>
  readdirSync("app", { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith("page.tsx"))
    .map(
      (file) =>
        `/${file
          .split("/")
          .slice(0, -1)
          .filter((part) => !part.startsWith("("))
          .join("/")}`,
    );

test("no page and no part of one is left out", () => {
  expect([...new Set([...screens.map(({ route }) => route), ...elsewhere])].sort()).toEqual(routes().sort());
  const tabs = readFileSync("app/(console)/pipelines/[environment]/[pipeline]/pipeline-tabs.tsx", "utf8").matchAll(
    /\bid: "(\w+)",\s+name:/g,
  );
  expect([...tabs].map(([, id]) => id)).toEqual(pipelineTabs);
  for (const tab of runTabs) expect(screens.map(({ path }) => path).join(" ")).toContain(`tab=${tab}`);
});

for (const viewport of [
  { width: 1440, height: 900 },
  { width: 360, height: 780 },
]) {
  test(`every screen is accessible and fits at ${viewport.width} px, in light and in dark`, async ({ page, signInAs }) => {
    test.setTimeout(900_000);
    await page.setViewportSize(viewport);
    await signInAs("admin");
    for (const { path, open, whole } of screens)
      await test.step(path, async () => {
        await page.goto(path);
        await expect(page.getByRole("heading", { level: 1 }).first(), path).toBeVisible();
        await untilItListens(page);
        await open?.(page);
        await expect(whole(page), path).toBeVisible();
        await expect(page.locator("[aria-busy=true]"), path).toHaveCount(0);
        for (const dialog of await page.getByRole("dialog").all()) await expect(dialog, path).toBeInViewport({ ratio: 0.99 });
        await inBothSchemes(page, path);
      });
  });
}
