import { readRun, readTable, runEnded, triggerOk } from "../api";
import { expect, test } from "../fixtures";
import { compareWithOracle } from "../platform";

const timeout = 120_000;

test("rates from the HTTP API are the oracle's, and a load that was started without a key is joined by its XCom", async () => {
  const runId = await triggerOk("fx_rates_hourly");
  await runEnded("fx_rates_hourly", runId, "success");
  await compareWithOracle();
  await expect.poll(async () => (await readTable("finance.fx_rates")).loads.length, { timeout }).toBeGreaterThan(0);

  const attemptOf = async (taskId: string) => (await readRun("fx_rates_hourly", runId))?.attempts.find((each) => each.taskId === taskId);
  expect((await attemptOf("extract_rates"))?.ecsTask?.joinedBy).toBe("join_key");
  await expect.poll(async () => (await attemptOf("start_load"))?.glueRun?.joinedBy, { timeout }).toBe("xcom");
  await expect.poll(async () => (await attemptOf("start_load"))?.costUsd, { timeout }).toMatch(/\d/);
});
