import { expectAccessible, looks } from "../accessible";
import { call } from "../api";
import { expect, test } from "../fixtures";

async function newestRun(pipeline: string, state: string): Promise<string> {
  const answer = (await (await call("viewer", `/api/runs?pipeline=${pipeline}&state=${state}&limit=1`)).json()) as {
    items: { runId: string }[];
  };
  return `/runs/local/${pipeline}/${encodeURIComponent(answer.items[0]?.runId ?? "none")}`;
}

for (const { colorScheme, viewport } of looks) {
  test(`every screen is accessible and fits in ${colorScheme} at ${viewport.width} px`, async ({ page, signInAs }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(viewport);
    await page.goto("/login");
    await expectAccessible(page, "/login");
    await signInAs("admin");
    const screens = [
      "/",
      "/tables",
      "/tables/local/sales.orders",
      "/runs",
      await newestRun("sales_daily", "success"),
      await newestRun("orders_faults", "failed"),
      "/pipelines",
      "/pipelines/local/sales_daily",
      "/pipelines/local/orders_faults",
      "/pipelines/local/orders_faults?trigger=1",
      "/activity",
      "/admin",
      "/tables/local/nothing.here",
    ];
    for (const url of screens) {
      await page.goto(url);
      // An open dialog hides the page behind it, heading and all, from those who do not see.
      const ready = url.endsWith("?trigger=1") ? page.getByRole("dialog") : page.getByRole("heading", { level: 1 }).first();
      await expect(ready, url).toBeVisible();
      await expect(page.locator("[aria-busy=true]"), url).toHaveCount(0);
      await expectAccessible(page, url);
    }
  });
}
