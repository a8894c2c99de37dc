import { apiPaths, paths } from "@/lib/paths";
import { inputToPainted, openBrowser, settled, signedIn, throttledPage } from "./browser";
import { atMost, numberOption, percentile, print } from "./figures";
import { largeLedger } from "./ledger";
import { startPenstock } from "./penstock";
import { plainList } from "./plain-pages";

/** Runs with a large ledger behind it: from the click on a chip to its rows on screen, beside a plain table of the same answers. */
const slower = numberOption("slower", 4);
const turns = numberOption("turns", 5);
const list = 'table[aria-label="Runs"]';
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
  const times = new Map(chips.map(({ word }) => [word, { pointed: [] as number[], bare: [] as number[], plain: [] as number[] }]));
  for (let turn = 0; turn <= turns; turn++) {
    const context = await signedIn(browser, penstock);
    for (const isPointed of [true, false]) {
      const page = await throttledPage(context, slower);
      await page.goto(`${penstock.url}${paths.runs}?state=success`);
      await page.locator(`${list} td`).first().waitFor();
      await settled(page);
      for (const { word } of chips) {
        await page.locator(list).evaluate((table) => table.setAttribute("data-before", ""));
        const until = `${list}:not([data-before]) td, .empty`;
        const ms = await inputToPainted(page, { press: "button.chip", text: word, event: "click", until, isPointed });
        // The first turn has the server load its code.
        if (turn > 0) times.get(word)?.[isPointed ? "pointed" : "bare"].push(ms);
        await settled(page, 300);
      }
      await page.close();
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
  for (const [word, { pointed, bare, plain }] of times) {
    const painted = percentile(pointed, 0.5);
    const peer = { name: "plain table of the same answer", value: percentile(plain, 0.5) };
    const what = `${runs}, “${word}” clicked to painted, ${slower}× throttle`;
    print({ what, value: painted, unit: "ms", peer, target: atMost(painted, 200, "ms") });
    print({ what: `${what}, by a script that no pointer announced`, value: percentile(bare, 0.5), unit: "ms", peer });
  }
} finally {
  await browser.close();
  await penstock.stop();
  await ledger.stop();
}
