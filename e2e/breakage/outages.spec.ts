import type { Page } from "@playwright/test";
import { Problem } from "@/lib/schemas/problem";
import { call } from "../api";
import { expect, test } from "../fixtures";
import { service } from "../platform";

const pages = ["/", "/tables", "/tables/local/sales.orders", "/runs", "/pipelines", "/pipelines/local/sales_daily"];

async function everyPageRenders(page: Page): Promise<void> {
  for (const url of pages) {
    const response = await page.goto(url);
    expect(response?.status(), url).toBe(200);
    await expect(page.getByRole("heading", { level: 1 }), url).not.toBeEmpty();
  }
}

async function sourceState(name: RegExp): Promise<string | undefined> {
  const answer = (await (await call("viewer", "/api/sources")).json()) as { items: { name: string; state: string }[] };
  return answer.items.find((source) => name.test(source.name))?.state;
}

for (const [system, name] of [
  ["airflow", /airflow/i],
  ["warehouse", /warehouse/i],
] as const) {
  test(`with ${system} stopped every page renders, names it, and recovers by itself`, async ({ signInAs }) => {
    const page = await signInAs("operator");
    await service.stop(system);
    try {
      await expect.poll(() => sourceState(name), { timeout: 120_000 }).not.toBe("ok");
      await everyPageRenders(page);
      await page.goto("/");
      await expect(page.getByRole("region", { name: "Where this comes from" })).toContainText(name);
      await expect(page.getByRole("region", { name: "Where this comes from" })).toContainText(/last|since/i);
    } finally {
      await service.start(system);
    }
    await expect.poll(() => sourceState(name), { timeout: 120_000 }).toBe("ok");
  });
}

test("with the ledger stopped open pages keep their data with its age and the API answers 503 naming it", async ({ signInAs }) => {
  const page = await signInAs("operator");
  await page.goto("/runs?state=success");
  const row = page.getByRole("row", { name: /sales_daily/ }).first();
  await expect(row).toBeVisible();
  await service.stop("ledger");
  try {
    const response = await call("viewer", "/api/runs");
    expect(response.status).toBe(503);
    expect(Problem.parse(await response.json())).toMatchObject({ system: "ledger" });
    await expect(page.getByRole("status").filter({ hasText: /ledger/i })).toBeVisible({ timeout: 60_000 });
    await expect(row).toBeVisible();
  } finally {
    await service.start("ledger");
  }
  await expect.poll(async () => (await call("viewer", "/api/runs")).status, { timeout: 60_000 }).toBe(200);
  await expect(page.getByRole("status").filter({ hasText: /ledger/i })).toHaveCount(0, { timeout: 60_000 });
});
