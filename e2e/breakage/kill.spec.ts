import { randomUUID } from "node:crypto";
import { ActivityPage } from "@/lib/schemas/activity";
import { listRunIds } from "../airflow";
import { call, trigger } from "../api";
import { expect, test } from "../fixtures";
import { service } from "../platform";

test("a dashboard killed during a trigger leaves no run or one run, with its outcome written down", async () => {
  for (const delayMs of [5, 25, 60, 150]) {
    const key = randomUUID();
    const runId = `penstock__${key}`;
    const request = trigger("operator", "orders_faults", { fault: "none" }, key).then(
      (response) => response.status,
      () => "cut off" as const,
    );
    // The point of the kill is chance on purpose: before the intent, between intent and effect, or after the effect.
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    await service.kill("dashboard");
    await request;
    await service.start("dashboard");

    const outcomes = async () => {
      const activity = ActivityPage.parse(await (await call("admin", "/api/activity?limit=100")).json());
      return activity.items.filter((event) => event.action === "run.trigger" && event.target.includes(runId)).map((event) => event.outcome);
    };
    const settled = async () => {
      const written = await outcomes();
      return written.length === 0
        ? "never asked"
        : written.some((outcome) => outcome === "done" || outcome === "failed")
          ? "settled"
          : "pending";
    };
    await expect.poll(settled, { timeout: 60_000 }).not.toBe("pending");
    const runs = (await listRunIds("orders_faults")).filter((id) => id === runId);
    if ((await settled()) === "never asked") expect(runs).toEqual([]);
    else expect(runs.length === 1).toBe((await outcomes()).includes("done"));
  }
});
