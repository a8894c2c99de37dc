import { apiPaths, paths } from "@/lib/paths";
import { openBrowser, settled, signedIn, throttledPage } from "./browser";
import { atMost, numberOption, percentile, print } from "./figures";
import { largeLedger } from "./ledger";
import { startPenstock } from "./penstock";
import { plainList } from "./plain-pages";

/** Runs with a large ledger behind it: from the click on a chip to its rows on screen, beside a plain table of the same answers. */
const slower = numberOption("slower", 4);
const turns = numberOption("turns", 5);
const chips = [
  { word: "All", query: "limit=25" },
  { word: "Failed", query: "limit=25&state=failed" },
  { word: "Needs attention", query: "limit=25&show=attention" },
];

const ledger = await largeLedger();
const penstock = await startPenstock({ ledgerUrl: ledger.url, awsUrl: null, runs: "web" });
const browser = await openBrowser();
try {
  const runs = `${(ledger.runs / 1e6).toLocaleString("en")} M runs`;
  const times = new Map(chips.map(({ word }) => [word, { own: [] as number[], plain: [] as number[] }]));
  for (let turn = 0; turn <= turns; turn++) {
    const context = await signedIn(browser, penstock);
    const page = await throttledPage(context, slower);
    await page.goto(`${penstock.url}${paths.runs}?state=success`);
    await page.locator('table[aria-label="Runs"] td').first().waitFor();
    await settled(page);
    for (const { word } of chips) {
      const ms = await page.evaluate(async (chip) => {
        document.querySelector('table[aria-label="Runs"]')?.setAttribute("data-before", "");
        const button = [...document.querySelectorAll<HTMLElement>("button.chip")].find((each) => each.textContent?.startsWith(chip));
        if (!button) throw new Error(`there is no ${chip}`);
        const began = performance.now();
        button.click();
        while (!document.querySelector('table[aria-label="Runs"]:not([data-before]) td, .empty'))
          await new Promise((next) => requestAnimationFrame(next));
        await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
        return performance.now() - began;
      }, word);
      // The first turn has the server load its code.
      if (turn > 0) times.get(word)?.own.push(ms);
      await settled(page, 300);
    }
    const plain = await throttledPage(context, slower);
    await plain.route(`${penstock.url}/plain`, (route) => route.fulfill({ contentType: "text/html", body: "<body></body>" }));
    await plain.goto(`${penstock.url}/plain`);
    for (const { word, query } of chips) {
      const ms = await plainList(plain, `${apiPaths.runs}?${query}`);
      if (turn > 0) times.get(word)?.plain.push(ms);
    }
    await context.close();
  }
  for (const [word, { own, plain }] of times) {
    const painted = percentile(own, 0.5);
    print({
      what: `${runs}, “${word}” clicked to painted, ${slower}× throttle`,
      value: painted,
      unit: "ms",
      peer: { name: "plain table of the same answer", value: percentile(plain, 0.5) },
      target: atMost(painted, 200, "ms"),
    });
  }
} finally {
  await browser.close();
  await penstock.stop();
  await ledger.stop();
}
