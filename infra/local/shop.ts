import { join } from "node:path";
import { startChild, untilReady } from "./child";
import { connected, requireDatabase, urlOf } from "./databases";
import { writePrivate } from "./keys";
import { baseEnv } from "./names";
import type { Options } from "./options";
import { run } from "./run";
import { explain, say } from "./steps";
import type { ServiceSpec } from "./supervisor";

export const shopName = "shop";
const advanceEveryMs = 60_000;
const smallShop = ["--orders-per-day", "200", "--customers", "500"];
/** Tests let the shop live by themselves, so theirs begins a working day back. */
const testShopAgeMs = 8 * 3_600_000;

/** The seeded shop: its database on the metadata server, its exchange rate API, its oracle. */
export class Shop {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly options: Options,
    private readonly python: string,
    private readonly metadataUrl: string,
    private readonly password: string,
  ) {}

  get url(): string {
    return urlOf(this.metadataUrl, shopName, { user: shopName, password: this.password });
  }

  private get env(): Record<string, string> {
    return { ...baseEnv(), PYTHONPATH: join(this.options.root, "infra", "local") };
  }

  private command(...args: string[]): [string, ...string[]] {
    return [this.python, "-m", "shop", ...args];
  }

  /** Fills an empty database, or moves a filled one to the present. Writes `shop.json`: how tests call the shop's commands. */
  async prepare(): Promise<void> {
    await requireDatabase(this.metadataUrl, shopName, shopName, this.password);
    const isSeeded = await connected(this.url, async (client) => {
      const found = await client.query("select to_regclass('public.orders') as orders");
      return found.rows[0]?.orders !== null;
    });
    const isTest = this.options.isTest || this.options.shopAt !== undefined;
    const beginning = this.options.shopAt ?? (isTest ? new Date(Date.now() - testShopAgeMs).toISOString() : "now");
    if (!isSeeded)
      await run(this.command("seed", "--database", this.url, "--now", beginning, ...(isTest ? smallShop : [])), { env: this.env });
    else if (!isTest) await this.advance();
    writePrivate(join(this.options.state, "shop.json"), { program: this.command(), cwd: this.options.root, env: this.env });
  }

  async advance(): Promise<void> {
    await run(this.command("advance", "--database", this.url, "--to", "now"), { env: this.env });
  }

  /** Lets the shop live: what happens in it arrives once a minute, for the scheduled runs to find. */
  keepAdvancing(): void {
    this.timer = setInterval(() => {
      void this.advance().catch((error: unknown) => say(`  ! the shop did not advance: ${explain(error)}`));
    }, advanceEveryMs);
  }

  stopAdvancing(): void {
    clearInterval(this.timer);
  }

  fxApi(port: number): ServiceSpec {
    return {
      name: "fx",
      port,
      start: async (add) => {
        const argv = this.command("serve-fx", "--database", this.url, "--port", String(port));
        const child = await startChild(this.options.state, { name: "fx", argv, cwd: this.options.root, env: this.env, graceMs: 5_000 });
        add(child);
        const healthy = async () => (await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2_000) })).ok;
        await untilReady(this.options.state, child, healthy, 30_000);
      },
    };
  }
}

/** What the extractor's secret holds. */
export const shopConnection = (driver: string, port: number, password: string) =>
  `Driver=${driver};Server=127.0.0.1;Port=${port};Database=${shopName};Uid=${shopName};Pwd=${password};`;
