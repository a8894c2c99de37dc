import { PipelineDetail } from "@/lib/schemas/pipeline";
import { call, ENVIRONMENT, pollRun, runEnded, triggerOk } from "../api";
import { expect, test } from "../fixtures";

const faults = [
  { fault: "exit_137", cls: "out_of_memory", title: /out of memory/i, proof: /OutOfMemoryError|exit code 137/i },
  { fault: "spot", cls: "spot_interruption", title: /Spot capacity taken back/, proof: /Your Spot Task was interrupted/ },
  { fault: "image_not_found", cls: "image_pull", title: /image/i, proof: /CannotPullContainerError/ },
  { fault: "glue_timeout", cls: "glue_timeout", title: /time/i, proof: /timed? ?out|timeout/i },
  { fault: "db_lock", cls: "database_lock", title: /lock/i, proof: /lock timeout/i },
];

test("every fault that the drill offers has its story", async () => {
  const path = `/api/pipelines/${ENVIRONMENT}/orders_faults`;
  const offered = async () => {
    const { params } = PipelineDetail.parse(await (await call("viewer", path)).json());
    return params?.find(({ name }) => name === "fault")?.schema.enum;
  };
  await expect.poll(offered, { timeout: 60_000 }).toEqual(["none", ...faults.map(({ fault }) => fault)]);
});

for (const { fault, cls, title, proof } of faults) {
  test(`orders_faults with ${fault} shows its class and the line that proves it`, async ({ signInAs }) => {
    const runId = await triggerOk("orders_faults", { fault });
    await runEnded("orders_faults", runId, "failed");
    await expect
      .poll(async () => (await pollRun("orders_faults", runId))?.failure?.class, { timeout: 60_000, intervals: [1000] })
      .toBe(cls);

    const page = await signInAs("operator");
    await page.goto(`/runs/local/orders_faults/${encodeURIComponent(runId)}`);
    const card = page.getByRole("region", { name: "Why it failed" });
    await expect(card).toContainText(title);
    await expect(card).toContainText(proof);
  });
}

test("orders_faults without a fault succeeds", async () => {
  await runEnded("orders_faults", await triggerOk("orders_faults", { fault: "none" }), "success");
});
