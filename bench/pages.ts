import type { Browser } from "playwright";
import { sampleEnvironment as sample } from "@/lib/schemas/sample";
import type { SourceList } from "@/lib/schemas/status";
import { keptBy, openBrowser, scriptsOf, settled, signedIn, throttledPage } from "./browser";
import { atMost, numberOption, option, percentile, print } from "./figures";
import { emptyLedger } from "./ledger";
import { type Visit, visits } from "./page-visits";
import { type Penstock, startPenstock } from "./penstock";

/**
 * The main pages in Chromium with a processor four times slower, each opened anew without a cache, on the sample company while it lives on: scripts over
 * the wire, largest paint, the slowest answer to an input, and what moved by itself. Beside the largest paint of the same page without its scripts.
 * `--only Run`, `--explain` for what moved and what was slow.
 */
const slower = numberOption("slower", 4);
const turns = numberOption("turns", 3);
const sampleDays = numberOption("days", 30);
const firstViewKb = 140;
const anyKb = 180;

async function untilTold({ url, headers }: Penstock): Promise<void> {
  for (;;) {
    const answer = await fetch(`${url}/api/sources?environment=${sample}`, { headers });
    const { items, environments } = (await answer.json()) as SourceList;
    const airflow = items.find(({ name }) => name === "airflow");
    const since = environments.find(({ isSample }) => isSample)?.since;
    if (since && airflow?.state === "ok" && airflow.reason === undefined) return;
    await new Promise((next) => setTimeout(next, 500));
  }
}

async function visitOnce(browser: Browser, penstock: Penstock, { path, ready, use }: Visit) {
  const context = await signedIn(browser, penstock);
  try {
    const page = await throttledPage(context, slower);
    const scripts = await scriptsOf(context, page);
    await page.goto(`${penstock.url}${path}`);
    await page.locator(ready).first().waitFor();
    await settled(page);
    const opened = await keptBy(page);
    const opening = [...scripts];
    await use(page);
    await settled(page, 300);
    const { shifts, interactions } = await keptBy(page);
    const bytes = opening.reduce((sum, [, size]) => sum + size, 0);
    return { kB: bytes / 1_000, largestMs: opened.largestMs, largest: opened.largest, shifts, interactions, opening };
  } finally {
    await context.close();
  }
}

async function withoutScripts(browser: Browser, penstock: Penstock, { path }: Visit): Promise<number> {
  const context = await signedIn(browser, penstock);
  try {
    const page = await throttledPage(context, slower);
    await page.route("**/*.js*", (route) => route.abort());
    await page.goto(`${penstock.url}${path}`);
    await settled(page, 300);
    return (await keptBy(page)).largestMs;
  } finally {
    await context.close();
  }
}

async function measure(browser: Browser, penstock: Penstock, visit: Visit): Promise<void> {
  await visitOnce(browser, penstock, visit);
  const seen = [];
  const plain = [];
  for (let turn = 0; turn < turns; turn++) {
    seen.push(await visitOnce(browser, penstock, visit));
    plain.push(await withoutScripts(browser, penstock, visit));
  }
  const sum = (values: { value: number }[]) => values.reduce((all, { value }) => all + value, 0);
  const kB = Math.max(...seen.map((each) => each.kB));
  const largestMs = percentile(
    seen.map((each) => each.largestMs),
    0.5,
  );
  const slowest = Math.max(0, ...seen.flatMap(({ interactions }) => interactions.map(({ ms }) => ms)));
  const moved = Math.max(...seen.map(({ shifts }) => sum(shifts)));
  const limit = visit.name === "Start" ? firstViewKb : anyKb;
  print({ what: `${visit.name}: scripts on the wire`, value: kB, unit: "kB", target: atMost(kB, limit, "kB") });
  print({
    what: `${visit.name}: LCP, ${slower}× throttle`,
    value: largestMs,
    unit: "ms",
    peer: { name: "the same without its scripts", value: percentile(plain, 0.5) },
    target: atMost(largestMs, 800, "ms"),
  });
  print({ what: `${visit.name}: INP, ${slower}× throttle`, value: slowest, unit: "ms", target: atMost(slowest, 50, "ms") });
  print({ what: `${visit.name}: CLS, ${slower}× throttle`, value: moved, unit: "", target: atMost(moved, 0.01) });
  if (option("explain") === undefined) return;
  const [first] = seen;
  const say = (line: string) => process.stdout.write(`      ${line}\n`);
  for (const { largest } of seen) say(`largest ${largest}`);
  for (const { value, what } of seen.flatMap(({ shifts }) => shifts)) if (value > 0.0005) say(`moved ${value.toFixed(4)}: ${what}`);
  for (const { ms, what } of seen.flatMap(({ interactions }) => interactions)) if (ms > 50) say(`${ms} ms: ${what}`);
  for (const [address, size] of first?.opening ?? []) say(`${(size / 1_000).toFixed(1)} kB ${new URL(address).pathname.split("/").at(-1)}`);
}

const ledger = await emptyLedger("pages");
const penstock = await startPenstock({ ledgerUrl: ledger.url, awsUrl: null, runs: "all", sampleDays });
const browser = await openBrowser();
try {
  await untilTold(penstock);
  const only = option("only");
  for (const visit of await visits(penstock)) if (!only || visit.name === only) await measure(browser, penstock, visit);
} finally {
  await browser.close();
  await penstock.stop();
  await ledger.stop();
}
