import { SourceList } from "@/lib/schemas/status";
import { call, runEnded, triggerOk } from "../api";
import { allowAll, denyActions } from "../denials";
import { expect, test } from "../fixtures";

const action = "ecs:DescribeTasks";
const task = "arn:aws:ecs:eu-west-1:123456789012:task/penstock/";

test.afterEach(allowAll);

async function ecsReason(): Promise<string> {
  const sources = SourceList.parse(await (await call("viewer", "/api/sources")).json());
  return sources.items.find(({ name }) => name === "ecs")?.reason ?? "";
}

test("an admin finds the missing permission, its resource and its pages, and sees it come back", async ({ signInAs }) => {
  const page = await signInAs("admin");
  await page.getByRole("button", { name: /Account of/ }).click();
  await page.getByRole("link", { name: "Admin" }).click();
  const doctor = page.getByRole("region", { name: "Permission doctor" });
  await doctor.getByRole("button", { name: "Examine" }).click();
  await expect(doctor.getByRole("status")).toContainText("Everything that is needed is there", { timeout: 60_000 });

  await denyActions(action);
  const runId = await triggerOk("orders_faults", { fault: "none" });
  await doctor.getByRole("button", { name: "Examine" }).click();
  const missing = doctor.getByRole("row").filter({ hasText: "Missing" });
  await expect(missing).toHaveCount(1, { timeout: 60_000 });
  await expect(missing).toContainText(action);
  await expect(missing).toContainText(task);
  await expect(missing).toContainText("Runs, Run, Task attempt");
  await expect(missing).toContainText(`Allow ${action} on ${task}*`);

  // What the action feeds says why it is behind, by the same words.
  await expect.poll(ecsReason, { timeout: 60_000 }).toContain(action);
  const sources = page.getByRole("table", { name: "Sources and call budget" });
  await expect(sources.getByRole("row", { name: /^ECS/ })).toContainText(action, { timeout: 30_000 });
  await page.goto("/#sources");
  await expect(page.getByRole("region", { name: "Where this comes from" })).toContainText(action, { timeout: 30_000 });

  await allowAll();
  await expect.poll(ecsReason, { timeout: 60_000 }).toBe("");
  await runEnded("orders_faults", runId, "success");
  await page.goto("/admin");
  await doctor.getByRole("button", { name: "Examine" }).click();
  await expect(doctor.getByRole("status")).toContainText("Everything that is needed is there", { timeout: 60_000 });
});

test("whoever is no admin has neither the page nor the examination", async ({ signInAs }) => {
  const page = await signInAs("operator");
  await page.getByRole("button", { name: /Account of/ }).click();
  await expect(page.getByRole("link", { name: "Activity" }).last()).toBeVisible();
  await expect(page.getByRole("link", { name: "Admin" })).toHaveCount(0);
  expect((await page.goto("/admin"))?.status()).toBe(404);
  expect((await call("operator", "/api/doctor", { method: "POST", body: "{}" })).status).toBe(403);
});
