import { paths } from "@/lib/paths";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { call } from "../api";
import { expect, test } from "../fixtures";

test("sample data is chosen apart, marked on every page of it, and followed by every way on", async ({ signInAs }) => {
  const page = await signInAs("analyst");
  const banner = page.getByRole("complementary", { name: "Sample data" });
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await expect(banner).toBeHidden();
  await page.getByRole("combobox", { name: "Environment" }).selectOption(sample);
  await expect(banner).toContainText("simulated company");
  await expect(page.getByRole("link", { name: /^All 1\d\d tables/ })).toBeVisible();
  for (const place of ["Tables", "Runs"]) {
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: place }).click();
    await page.waitForURL(new RegExp(`/${place.toLowerCase()}\\?environment=${sample}`));
    await expect(banner).toBeVisible();
  }
  await page.getByRole("link", { name: "Back to your own" }).click();
  await expect(banner).toBeHidden();
});

test("the start lists the first fifty tables and leads to all of them; where there are no more, it says that these are all", async ({
  signInAs,
}) => {
  const page = await signInAs("analyst");
  await page.goto(`/?environment=${sample}`);
  const some = page.getByRole("region", { name: "Tables", exact: true });
  await expect(some).toContainText("the first 50 by name");
  await expect(some.getByRole("table", { name: "Tables", exact: true }).locator("tbody").getByRole("row")).toHaveCount(50);
  await some.getByRole("link", { name: /^All 1\d\d tables/ }).click();
  await page.waitForURL(new RegExp(`/tables\\?environment=${sample}`));
  await page.goto("/");
  await expect(page.getByRole("region", { name: "All tables" }).getByRole("table", { name: "All tables" })).toBeVisible();
});

test("nothing of it is in lists of one's own, and nothing can be started in it", async ({ signInAs }) => {
  for (const list of ["/api/runs?limit=100", "/api/pipelines?limit=100", "/api/tables?limit=100"]) {
    const { items } = (await (await call("viewer", list)).json()) as { items: { environment: string }[] };
    expect(items.map(({ environment }) => environment)).not.toContain(sample);
  }
  const page = await signInAs("operator");
  await page.goto(paths.pipeline(sample, "erp_orders"));
  await expect(page.getByRole("button", { name: "Trigger erp_orders" })).toBeDisabled();
  const refused = await call("operator", `/api/pipelines/${sample}/erp_orders/runs`, {
    method: "POST",
    headers: { "idempotency-key": "sample-is-refused" },
    body: JSON.stringify({ params: {}, reason: "" }),
  });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("sample data") });
});
