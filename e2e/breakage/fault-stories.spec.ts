import type { Page } from "@playwright/test";
import { RunPage } from "@/lib/schemas/run";
import { call, runEnded, triggerOk } from "../api";
import { breakSources, type Fault, mendSources, pokeCollector } from "../faults";
import { expect, test } from "../fixtures";

const labels = { airflow: "Airflow", ecs: "ECS", glue: "Glue", warehouse: "Warehouse" };
type Source = keyof typeof labels;
/** What is broken, what the person reads of it, and what they are told to do. */
type Story = Partial<Record<Source, { fault: string; reason: RegExp; remedy?: RegExp }>>;

/** Each fault class on one source; several sources at once, as their stories do not touch. */
const stories: Story[] = [
  {
    airflow: { fault: "throttle-429", reason: /too many requests/, remedy: /slows down by itself/ },
    ecs: { fault: "throttling-exception", reason: /too many requests/, remedy: /slows down by itself/ },
    glue: { fault: "500", reason: /internal error/, remedy: /look at that system/ },
    warehouse: { fault: "refuse", reason: /cannot be reached \(ECONN/, remedy: /the network between/ },
  },
  {
    airflow: { fault: "503", reason: /temporarily unavailable/, remedy: /look at that system/ },
    ecs: { fault: "html", reason: /a web page instead of data/, remedy: /sign-in page/ },
    glue: { fault: "malformed", reason: /not JSON/ },
    warehouse: { fault: "statement-timeout", reason: /took too long/, remedy: /index/ },
  },
  {
    airflow: { fault: "access-denied", reason: /access denied: .*not authorized to perform: airflow:InvokeRestApi/, remedy: /Grant/ },
    ecs: { fault: "truncated", reason: /broke off|cannot be reached|not JSON/ },
    glue: { fault: "expired-credentials", reason: /credentials are not accepted/, remedy: /role of Penstock's process/ },
    warehouse: { fault: "denied", reason: /access denied/, remedy: /role, its password/ },
  },
  {
    airflow: { fault: "wrong-types", reason: /in a form that Penstock does not know/, remedy: /version/ },
    ecs: { fault: "repeated-token", reason: /does not end/ },
    glue: { fault: "clock-skew", reason: /differs from AWS's by 20 min/, remedy: /Set the clock/ },
    warehouse: { fault: "permission", reason: /access denied: permission denied/, remedy: /Grant/ },
  },
  {
    airflow: { fault: "hang", reason: /no answer within 8 s/, remedy: /look at that system/ },
    ecs: { fault: "wrong-types", reason: /in a form that Penstock does not know/ },
    glue: { fault: "oversized", reason: /more than 8 MB/, remedy: /Nothing of the answer was kept/ },
    warehouse: { fault: "hang", reason: /no answer/ },
  },
];

const sourceRow = (page: Page, source: Source) =>
  page.getByRole("region", { name: "Where this comes from" }).getByRole("listitem").filter({ hasText: labels[source] }).first();

/** The collector looks when it is told that something happens; what a page shows follows by itself. */
async function untilShown(assertions: () => Promise<void>): Promise<void> {
  await expect(async () => {
    await pokeCollector();
    await assertions();
  }).toPass({ timeout: 40_000, intervals: [1_000] });
}

test.beforeAll(async () => {
  const known = RunPage.parse(await (await call("viewer", "/api/runs?state=success&limit=1")).json());
  if (known.items.length === 0) await runEnded("orders_faults", await triggerOk("orders_faults", { fault: "none" }), "success");
});
test.afterEach(async () => {
  await mendSources();
});

for (const story of stories) {
  const faults = Object.entries(story).map(([service, { fault }]) => ({ service, fault })) as Fault[];
  test(`with ${faults.map(({ service, fault }) => `${service}: ${fault}`).join(", ")}: last data, its age and the reason`, async ({
    signInAs,
  }) => {
    const page = await signInAs("operator");
    await page.goto("/");
    const before = await shownData(page);
    await page.goto("/");
    await breakSources(faults);
    await untilShown(async () => {
      for (const [source, { reason, remedy }] of Object.entries(story) as [Source, { reason: RegExp; remedy?: RegExp }][]) {
        const row = sourceRow(page, source);
        await expect(row).toContainText(reason, { timeout: 1_000 });
        if (remedy) await expect(row).toContainText(remedy, { timeout: 1_000 });
        await expect(row).toContainText(/as of|never read/);
      }
    });
    expect(await shownData(page)).toEqual(before);

    await page.goto("/");
    await mendSources();
    await untilShown(async () => {
      for (const [source, { reason }] of Object.entries(story) as [Source, { reason: RegExp }][]) {
        await expect(sourceRow(page, source)).not.toContainText(reason, { timeout: 1_000 });
        await expect(sourceRow(page, source)).toContainText(/Current, as of/, { timeout: 1_000 });
      }
    });
  });
}

/** What a person reads on the pages that these sources feed, and that does not change by itself on a quiet platform. */
async function shownData(page: Page): Promise<Record<string, string | null>> {
  await page.goto("/runs?state=success");
  const run = page.getByRole("row", { name: /sales_daily|orders_faults/ }).first();
  await expect(run).toBeVisible();
  const runs = await run.getByRole("link").first().textContent();
  await page.goto("/tables");
  const table = page.getByRole("row", { name: /sales\.orders/ }).first();
  await expect(table).toBeVisible();
  const tables = await table.getByRole("link").first().textContent();
  await page.goto("/pipelines");
  const pipeline = page.getByRole("link", { name: /sales_daily/ }).first();
  await expect(pipeline).toBeVisible();
  return { runs, tables, pipelines: await pipeline.textContent() };
}
