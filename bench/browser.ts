import { existsSync } from "node:fs";
import { request } from "node:http";
import { gunzipSync } from "node:zlib";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright";

const installed = [process.env.PENSTOCK_CHROMIUM, "/usr/bin/chromium", "/usr/bin/google-chrome"].find((file) => file && existsSync(file));

export const openBrowser = (): Promise<Browser> =>
  chromium.launch({ ...(installed ? { executablePath: installed } : {}), args: ["--no-sandbox", "--disable-background-networking"] });

const viewport = { width: 1440, height: 900 };

/** A browser of its own, with an empty cache, in which the demo's viewer has signed in. */
export async function signedIn(browser: Browser, { url }: { url: string }): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport, locale: "en-GB", timezoneId: "UTC" });
  const token = await context.request.get(`${url}/api/auth/csrf`);
  const { csrfToken } = (await token.json()) as { csrfToken: string };
  const form = { csrfToken, person: "demo:vera", json: "true" };
  await context.request.post(`${url}/api/auth/callback/demo`, { form, headers: { origin: url } });
  return context;
}

/** What a page keeps of itself while it is measured. */
export interface Kept {
  longTasks: number[];
  largestMs: number;
  largest: string;
  shifts: { value: number; what: string }[];
  /** Of each keystroke, click or tap: from the input to the next frame. */
  interactions: { ms: number; what: string }[];
}
type Measured = Window & typeof globalThis & { kept: Kept };

/** A page whose processor is so many times slower than this one, and that keeps what the browser measures of it in `kept`. */
export async function throttledPage(context: BrowserContext, times: number): Promise<Page> {
  const page = await context.newPage();
  // What tsx adds to functions that keep their name.
  await page.addInitScript("globalThis.__name = (it) => it");
  await page.addInitScript(() => {
    const kept: Kept = { longTasks: [], largestMs: Number.NaN, largest: "", shifts: [], interactions: [] };
    (window as unknown as Measured).kept = kept;
    const named = (node: Node | null | undefined) => {
      const element = node instanceof Element ? node : node?.parentElement;
      return element ? `${element.tagName.toLowerCase()}.${String(element.getAttribute("class") ?? "").slice(0, 60)}` : "what is gone";
    };
    const watch = <T extends PerformanceEntry>(type: string, take: (entry: T) => void, more: object = {}) =>
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) take(entry as T);
      }).observe({ type, buffered: true, ...more });
    watch("longtask", ({ duration }) => kept.longTasks.push(duration));
    watch<PerformanceEntry & { element?: Element }>("largest-contentful-paint", ({ startTime, element }) => {
      kept.largestMs = startTime;
      kept.largest = `${named(element)}: ${element?.textContent?.slice(0, 40)}`;
    });
    type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Node }[] };
    watch<Shift>("layout-shift", ({ value, hadRecentInput, sources }) => {
      if (!hadRecentInput) kept.shifts.push({ value, what: sources.map(({ node }) => named(node)).join(", ") });
    });
    type Input = PerformanceEntry & { interactionId: number; target: Node | null };
    watch<Input>(
      "event",
      ({ interactionId, duration, name, target }) => {
        if (interactionId > 0) kept.interactions.push({ ms: duration, what: `${name} on ${named(target)}` });
      },
      { durationThreshold: 16 },
    );
  });
  const session = await context.newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: times });
  return page;
}

export const keptBy = (page: Page): Promise<Kept> => page.evaluate(() => (window as unknown as Measured).kept);

/** So long a pointer rests on what it presses; people are rarely faster. */
const restMs = 100;

interface Pressed {
  press: string;
  text: string;
  event: "click" | "mousedown";
  until: string;
  /** A pointer comes to it before, and rests. */
  isPointed: boolean;
}

/**
 * From an input on the first of `press` whose text begins so, to the frame that shows `until`, in ms. It looks when the document changes: who asks in each
 * frame has the browser make frames that nobody needs, which takes longer than what is measured.
 */
export async function inputToPainted(page: Page, { isPointed, ...input }: Pressed): Promise<number> {
  if (isPointed) {
    await page
      .locator(input.press, { hasText: new RegExp(`^${input.text}`) })
      .first()
      .hover();
    await page.waitForTimeout(restMs);
  }
  return page.evaluate(async ({ press, text, event, until }) => {
    const element = [...document.querySelectorAll<HTMLElement>(press)].find((each) => each.textContent?.startsWith(text));
    if (!element) throw new Error(`there is no ${text}`);
    const began = performance.now();
    const isThere = new Promise<void>((done) => {
      const observer = new MutationObserver(() => {
        if (!document.querySelector(until)) return;
        observer.disconnect();
        done();
      });
      observer.observe(document.body, { childList: true, subtree: true });
    });
    element.dispatchEvent(new MouseEvent(event, { bubbles: true, cancelable: true, button: 0 }));
    await isThere;
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    return performance.now() - began;
  }, input);
}

/** Bytes of scripts as they come over the wire, without the headers of their answers, by address. Asked for at any time until the page is closed. */
export async function scriptsOf(context: BrowserContext, page: Page): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const scripts = new Map<string, { url: string; headers: number }>();
  const session = await context.newCDPSession(page);
  session.on("Network.responseReceived", ({ requestId, type, response }) => {
    if (type === "Script" || response.mimeType.includes("javascript")) {
      scripts.set(requestId, { url: response.url, headers: response.encodedDataLength });
    }
  });
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    const script = scripts.get(requestId);
    if (script) sizes.set(script.url, encodedDataLength - script.headers);
  });
  await session.send("Network.enable");
  return sizes;
}

/** An answer as it is sent to a browser, and what it says. */
export function wireBytes(
  { url, headers }: { url: string; headers: Record<string, string> },
  path: string,
): Promise<{ sent: number; text: string }> {
  return new Promise((done, failed) => {
    const asked = request(`${url}${path}`, { headers: { ...headers, "accept-encoding": "gzip, deflate, br, zstd" } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () => {
        const body = Buffer.concat(parts);
        const encoding = response.headers["content-encoding"];
        if (response.statusCode !== 200) failed(new Error(`${path}: ${response.statusCode}`));
        else done({ sent: body.length, text: (encoding === "gzip" ? gunzipSync(body) : body).toString() });
      });
    });
    asked.on("error", failed).end();
  });
}

/** Until nothing was asked for, nor came, for a while; the stream of changes is no end. */
export async function settled(page: Page, quietMs = 700): Promise<void> {
  let last = performance.now();
  const moved = () => {
    last = performance.now();
  };
  page.on("request", moved).on("requestfinished", moved);
  while (performance.now() - last < quietMs) await new Promise((next) => setTimeout(next, 50));
  page.off("request", moved).off("requestfinished", moved);
}

export interface Scrolled {
  longestMs: number;
  slowFrames: number;
}

/** Wheels down a box and up again, a notch a frame; the longest task meanwhile, and frames that took longer than two. */
export async function scrollThrough(page: Page, box: string, notches: number): Promise<Scrolled> {
  return page.evaluate(
    async ([selector, count]) => {
      const { kept } = window as unknown as Measured;
      const target = document.querySelector(selector);
      if (!target) throw new Error(`there is no ${selector}`);
      kept.longTasks.length = 0;
      let slow = 0;
      let last = performance.now();
      for (let turn = 0; turn < 2 * count; turn++) {
        target.scrollTop += turn < count ? 100 : -100;
        if (turn % 4 === 0) target.scrollLeft += turn % 8 === 0 ? -60 : 60;
        await new Promise((next) => requestAnimationFrame(next));
        const now = performance.now();
        if (now - last > 34) slow += 1;
        last = now;
      }
      await new Promise((next) => setTimeout(next, 300));
      return { longestMs: Math.max(0, ...kept.longTasks), slowFrames: slow };
    },
    [box, notches] as const,
  );
}
