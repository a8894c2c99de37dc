import { gzipSync } from "node:zlib";
import type { Browser } from "playwright";
import { readGrid } from "@/lib/grid-model";
import { apiPaths, paths } from "@/lib/paths";
import { PipelineGrid } from "@/lib/schemas/grid";
import { inputToPainted, openBrowser, type Scrolled, scrollThrough, settled, signedIn, throttledPage, wireBytes } from "./browser";
import { atMost, numberOption, option, percentile, print } from "./figures";
import { environment, fillGrid, pipeline } from "./grid-facts";
import { emptyLedger } from "./ledger";
import { type Penstock, startPenstock } from "./penstock";
import { plainGrid } from "./plain-pages";

/** The grid of a pipeline in Chromium with a processor four times slower, beside a plain table with a cell each, of the same data. */
const tasks = numberOption("tasks", 1_000);
const runs = numberOption("runs", 50);
const slower = numberOption("slower", 4);
const turns = numberOption("turns", 5);
const notches = 150;

const box = '[role="grid"]';
const size = `grid ${tasks.toLocaleString("en")} × ${runs}`;
const throttle = `${slower}× throttle`;

interface Seen extends Scrolled {
  paintedMs: number;
  elements: number;
}

/** What a cell is on its own, for the plain table. */
function cellByCell(text: string) {
  const grid = readGrid(PipelineGrid.parse(JSON.parse(text)));
  if (grid.rows.length !== tasks || grid.runs.length !== runs) throw new Error(`${grid.rows.length} rows, ${grid.runs.length} runs`);
  return grid.rows.map(({ id, stretches }) => ({
    task: id,
    cells: stretches.flatMap(({ cell, length }) =>
      Array.from({ length }, () => (cell ? { state: cell.state, tryNumber: cell.tries } : null)),
    ),
  }));
}

/** From the click on the tab to the grid on screen; then all groups opened, down and up. */
async function ours(browser: Browser, penstock: Penstock): Promise<Seen> {
  const context = await signedIn(browser, penstock);
  try {
    const page = await throttledPage(context, slower);
    const place = `${penstock.url}${paths.pipeline(environment, pipeline)}`;
    // Its code is in the cache, as of all who have seen a grid before; what it shows is read anew.
    await page.goto(place);
    await page.locator(`${box} [role="gridcell"]`).first().waitFor();
    await page.goto(`${place}?tab=runs`);
    await page.getByRole("tab", { name: "Grid" }).waitFor();
    await settled(page);
    const paintedMs = await inputToPainted(page, {
      press: '[role="tab"]',
      text: "Grid",
      event: "mousedown",
      until: `${box} [role="gridcell"]`,
      isPointed: true,
    });
    await page.getByRole("button", { name: "Open all groups" }).click();
    await settled(page, 300);
    const scrolled = await scrollThrough(page, box, notches);
    return { ...scrolled, paintedMs, elements: await page.locator(`${box} *`).count() };
  } finally {
    await context.close();
  }
}

async function plain(browser: Browser, body: string): Promise<Seen> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    const page = await throttledPage(context, slower);
    const paintedMs = await plainGrid(page, body);
    const scrolled = await scrollThrough(page, "#box", notches);
    return { ...scrolled, paintedMs, elements: await page.locator("#box *").count() };
  } finally {
    await context.close();
  }
}

const ledger = await emptyLedger("grid");
await fillGrid(ledger.url, tasks, runs);
const penstock = await startPenstock({ ledgerUrl: ledger.url, awsUrl: null, runs: "web" });
const browser = await openBrowser();
try {
  const path = `${apiPaths.grid(environment, pipeline)}?runs=${runs}`;
  const { sent, text } = await wireBytes(penstock, path);
  const plainText = JSON.stringify({ runs: JSON.parse(text).runs, rows: cellByCell(text) });
  const kB = (bytes: number) => bytes / 1_000;
  print({
    what: `${size}, on the wire`,
    value: kB(sent),
    unit: "kB",
    peer: { name: "an object a cell, gzipped", value: kB(gzipSync(plainText).length) },
    target: atMost(kB(sent), 30, "kB"),
  });
  print({
    what: `${size}, before gzip`,
    value: kB(text.length),
    unit: "kB",
    peer: { name: "an object a cell", value: kB(plainText.length) },
  });
  const doors: number[] = [];
  const own: Seen[] = [];
  const others: Seen[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const began = performance.now();
    await wireBytes(penstock, path);
    doors.push(performance.now() - began);
    own.push(await ours(browser, penstock));
    others.push(await plain(browser, plainText));
    if (option("explain") !== undefined) process.stdout.write(`      ${JSON.stringify(own.at(-1))}\n`);
  }
  const middle = (seen: Seen[], of: (each: Seen) => number) => percentile(seen.map(of), 0.5);
  print({ what: `${size}, at the door, no throttle`, value: percentile(doors, 0.5), unit: "ms" });
  const painted = middle(own, ({ paintedMs }) => paintedMs);
  print({
    what: `${size}, click to painted, ${throttle}`,
    value: painted,
    unit: "ms",
    peer: { name: "plain table, its answer at once", value: middle(others, ({ paintedMs }) => paintedMs) },
    target: atMost(painted, 300, "ms"),
  });
  const longest = Math.max(...own.map(({ longestMs }) => longestMs));
  print({
    what: `longest task while scrolling both ways, ${throttle}`,
    value: longest,
    unit: "ms",
    peer: { name: "plain table", value: Math.max(...others.map(({ longestMs }) => longestMs)) },
    target: { text: "none > 50 ms", isMet: longest <= 50 },
  });
  print({
    what: `frames over 34 ms of ${2 * notches} while scrolling, ${throttle}`,
    value: middle(own, ({ slowFrames }) => slowFrames),
    unit: "",
    peer: { name: "plain table", value: middle(others, ({ slowFrames }) => slowFrames) },
  });
  print({
    what: "elements on the page",
    value: middle(own, ({ elements }) => elements),
    unit: "",
    peer: { name: "plain table", value: middle(others, ({ elements }) => elements) },
  });
} finally {
  await browser.close();
  await penstock.stop();
  await ledger.stop();
}
