import type { Page } from "@playwright/test";
import type { Run } from "@/lib/schemas/run";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import { expect, test } from "../fixtures";
import { hands, pressUntilFocused } from "../keyboard";
import { givenRuns, removeGivenRuns } from "./given-runs";
import { runDetail, wholeHistory } from "./history";
import { addFilter, at, type Filter, type Hand, labelOf, listed, rows, shownRuns } from "./run-list";

/** `asked`: what the address holds. */
type Story = Filter & { chip: string; asked: [name: string, value: string]; obeys: (run: Run) => boolean | Promise<boolean> };

const hour = 3_600;
const stories: Story[] = [
  { kind: "State", choice: "Failed", chip: "State failed", asked: ["state", "failed"], obeys: ({ state }) => state === "failed" },
  {
    kind: "Pipeline",
    choice: "Pipeline “erp_orders”",
    typed: "erp_orders",
    chip: "Pipeline erp_orders",
    asked: ["pipeline", "erp_orders"],
    obeys: ({ pipeline }) => pipeline === "erp_orders",
  },
  { kind: "Type", choice: "by hand", chip: "Type by hand", asked: ["type", "manual"], obeys: ({ type }) => type === "manual" },
  {
    kind: "Started by",
    choice: "Started by “Nora Lind”",
    typed: "Nora Lind",
    chip: "Started by Nora Lind",
    asked: ["who", "Nora Lind"],
    obeys: ({ triggeredBy }) => triggeredBy === "Nora Lind",
  },
  {
    kind: "Time",
    choice: "Last 24 hours",
    chip: "Last 24 hours",
    asked: ["last", "24h"],
    obeys: ({ runAfter }) => Date.now() - Date.parse(runAfter ?? "") < 24.1 * hour * 1_000,
  },
  {
    kind: "Duration",
    choice: "Longer than 10 m 00 s",
    typed: "10m",
    chip: "Longer than 10 m 00 s",
    asked: ["longerThanMs", "600000"],
    obeys: ({ durationMs, startedAt }) => (durationMs ?? Date.now() - Date.parse(startedAt ?? "")) >= 600_000,
  },
  {
    kind: "Parameter contains",
    choice: "Parameter contains “spring-sale”",
    typed: "spring-sale",
    chip: "Parameter contains spring-sale",
    asked: ["parameter", "spring-sale"],
    obeys: async (run) => JSON.stringify((await runDetail(run)).conf).includes("Spring-Sale"),
  },
  {
    kind: "Error class",
    choice: "out of memory",
    chip: "Error out of memory",
    asked: ["errorClass", "out_of_memory"],
    obeys: ({ failure }) => failure?.class === "out_of_memory",
  },
  {
    kind: "Table written",
    choice: "Writes table “sales.orders”",
    typed: "sales.orders",
    chip: "Writes table sales.orders",
    asked: ["table", "sales.orders"],
    obeys: ({ tables }) => tables.includes("sales.orders"),
  },
];

test.beforeAll(async () => {
  await wholeHistory();
  await removeGivenRuns();
  await givenRuns([
    {
      runId: "sale",
      pipeline: "payments_authorisations",
      state: "success",
      queuedAgo: hour,
      startedAgo: hour,
      endedAgo: hour - 60,
      conf: { campaign: "Spring-Sale" },
    },
  ]);
});
test.afterAll(removeGivenRuns);

const askedOf = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

async function expectItHolds(page: Page, { asked: [name, value], chip, obeys }: Story) {
  await expect(page.getByRole("button", { name: `Remove the filter ${chip}`, exact: true })).toBeVisible();
  await expect.poll(() => askedOf(page, name)).toBe(value);
  await expect(rows(page)).not.toHaveCount(0);
  const disobedient = async () => {
    const { items } = await listed(`${new URLSearchParams({ [name]: value, limit: "50" })}`);
    const obedient = await Promise.all(items.map(async (run) => ((await obeys(run)) ? labelOf(run) : "")));
    return (await shownRuns(page)).filter((label) => !obedient.includes(label));
  };
  await expect.poll(disobedient).toEqual([]);
}

for (const hand of Object.keys(hands) as Hand[]) {
  for (const story of stories) {
    test(`runs are filtered by ${story.kind.toLowerCase()}, by ${hand}: every row obeys, the address keeps it, and it goes again`, async ({
      signInAs,
    }) => {
      const page = await signInAs("viewer");
      await page.goto(at("show=all"));
      await addFilter(page, hand, story);
      await expectItHolds(page, story);
      await page.reload();
      await expectItHolds(page, story);
      const chip = page.getByRole("button", { name: `Remove the filter ${story.chip}`, exact: true });
      await hands[hand](page, chip);
      await expect(chip).toBeHidden();
      await expect.poll(() => askedOf(page, story.asked[0])).toBeNull();
      await expect(rows(page)).toHaveCount(25);
    });
  }

  test(`runs are filtered by environment, by ${hand}: the choice of all pages shows it and takes it away`, async ({ signInAs }) => {
    const page = await signInAs("viewer");
    await page.goto("/runs?show=all");
    await addFilter(page, hand, { kind: "Environment", choice: sample });
    const chosen = page.getByRole("combobox", { name: "Environment" });
    const links = page.getByRole("table", { name: "Runs" }).getByRole("link", { name: /, run / });
    const places = () => links.evaluateAll((all) => [...new Set(all.map((each) => each.getAttribute("href")?.split("/")[2]))]);
    for (const look of [() => expect.poll(() => askedOf(page, "environment")).toBe(sample), () => page.reload()]) {
      await look();
      await expect(chosen).toHaveValue(sample);
      await expect.poll(places).toEqual([sample]);
    }
    if (hand === "mouse") await chosen.selectOption("");
    else {
      await pressUntilFocused(page, chosen);
      await page.keyboard.press("ArrowUp");
    }
    await expect.poll(() => askedOf(page, "environment")).toBeNull();
    await expect.poll(places).not.toContain(sample);
  });
}
