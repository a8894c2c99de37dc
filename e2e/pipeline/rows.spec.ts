import { rerun } from "../airflow";
import { pollRun, readRun, readTable, runEnded, triggerOk } from "../api";
import { expect, test } from "../fixtures";
import { advanceShop, compareWithOracle, processesWith } from "../platform";
import { stagingTables, warehouseRows } from "../warehouse";

test.describe.configure({ mode: "serial" });

test("a first load holds exactly the rows that the shop's oracle names", async () => {
  await runEnded("sales_daily", await triggerOk("sales_daily"), "success");
  await compareWithOracle();
});

test("an incremental load brings what the shop added, changed and delivered late", async () => {
  const before = await warehouseRows("sales.orders");
  await advanceShop(6);
  await runEnded("sales_daily", await triggerOk("sales_daily"), "success");
  await compareWithOracle();
  expect(await warehouseRows("sales.orders")).toBeGreaterThan(before);
});

test("a rerun of the same run changes nothing", async () => {
  await advanceShop(5);
  const runId = await triggerOk("sales_daily");
  const first = await runEnded("sales_daily", runId, "success");
  const before = (await readTable("sales.orders")).table;
  await rerun("sales_daily", runId);
  await expect
    .poll(
      async () =>
        (await pollRun("sales_daily", runId))?.attempts.some(
          (attempt) => attempt.taskId === "publish" && attempt.tryNumber === 2 && attempt.state === "success",
        ),
      {
        timeout: 240_000,
        intervals: [1000],
      },
    )
    .toBe(true);
  await compareWithOracle();
  const second = await readRun("sales_daily", runId);
  expect(second?.attempts.length).toBeGreaterThan(first.attempts.length);
  expect((await readTable("sales.orders")).table.loadedAt).toBe(before.loadedAt);
});

// The extractor at whatever it is doing when it is seen (its own suite kills it at every call to S3); Spark while it copies, before the merge.
for (const { what, needles, isHalfWay, hoursAgo } of [
  { what: "the extractor", needles: ["extractor", "SOURCE_TABLE="], isHalfWay: async () => true, hoursAgo: 4 },
  { what: "Spark", needles: ["load.py", "--RUN_KEY"], isHalfWay: async () => (await stagingTables()) > 0, hoursAgo: 3 },
]) {
  test(`${what} killed half-way and retried loads the right rows`, async () => {
    await advanceShop(hoursAgo);
    const runId = await triggerOk("sales_daily");
    let killed = 0;
    await expect
      .poll(
        async () => {
          if (!(await isHalfWay())) return killed;
          for (const pid of processesWith(...needles, runId)) {
            process.kill(pid, "SIGKILL");
            killed += 1;
          }
          return killed;
        },
        { message: `a process of ${what} appears`, timeout: 120_000, intervals: [50] },
      )
      .toBeGreaterThan(0);
    const ended = await runEnded("sales_daily", runId, "success");
    expect(ended.attempts.filter((attempt) => attempt.state === "failed" || attempt.tryNumber > 1).length).toBeGreaterThan(0);
    await compareWithOracle();
  });
}
