import { Problem } from "@/lib/schemas/problem";
import { call, trigger } from "../api";
import { expect, test } from "../fixtures";

test("an unknown table, run, pipeline or page is a 404 that says what to do", async ({ signInAs }) => {
  const page = await signInAs("viewer");
  for (const [url, hint] of [
    ["/tables/local/sales.order", /sales\.orders/],
    ["/runs/local/sales_daily/never_happened", /never_happened/],
    ["/pipelines/local/sales_dayly", /sales_daily/],
    ["/nothing-here", /Status/],
  ] as const) {
    const response = await page.goto(url);
    expect(response?.status(), url).toBe(404);
    await expect(page.getByRole("main"), url).toContainText(hint);
    await expect(page.getByRole("main").getByRole("link").first(), url).toBeVisible();
  }
});

test("the API names what it does not know and what it refuses", async () => {
  const missing = await call("viewer", "/api/tables/local/sales.order");
  expect(missing.status).toBe(404);
  expect(Problem.parse(await missing.json())).toMatchObject({
    detail: expect.stringContaining("sales.order"),
    remedy: expect.stringContaining("sales.orders"),
  });

  const wrong = await trigger("operator", "orders_faults", { fault: "meteor" });
  expect([400, 422]).toContain(wrong.status);
  expect(Problem.parse(await wrong.json()).fields).toContainEqual(expect.objectContaining({ name: "fault" }));

  const unknownParam = await trigger("operator", "orders_faults", { fault: "none", colour: "blue" });
  expect([400, 422]).toContain(unknownParam.status);
  expect(Problem.parse(await unknownParam.json()).fields).toContainEqual(expect.objectContaining({ name: "colour" }));

  const noKey = await call("operator", "/api/pipelines/local/orders_faults/runs", { method: "POST", body: "{}" });
  expect(noKey.status).toBe(400);
  const badLimit = await call("viewer", "/api/runs?limit=lots");
  expect(badLimit.status).toBe(400);
  expect(Problem.parse(await badLimit.json()).fields).toContainEqual(expect.objectContaining({ name: "limit" }));
});
