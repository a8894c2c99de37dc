import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { Server } from "node:http";
import { join } from "node:path";
import { airflow } from "./airflow";
import { airflowVenv } from "./airflow-versions";
import { aws, deny, synthesise } from "./aws";
import { untilPipelineIsShown } from "./check";
import { endLeftovers } from "./child";
import { serveControl } from "./control";
import {
  buildDashboard,
  collector,
  type DashboardInput,
  dashboard,
  dashboardAwsUrl,
  dashboardEnv,
  dashboardUrl,
  seedTokens,
} from "./dashboard";
import { database } from "./databases";
import { type Faults, faults } from "./fault-proxy/service";
import { type Keys, loadKeys, writePrivate } from "./keys";
import { dataBucket } from "./names";
import type { Options } from "./options";
import { penstockYaml } from "./penstock-yaml";
import { requireFree } from "./ports";
import { javaHome, odbcDriver } from "./prerequisites";
import { endSessions, identify } from "./processes";
import { findUv, runtimeVenvs, type VenvName, venv, venvAt } from "./python";
import { run, runningSessions } from "./run";
import { untilPipelineIsKnown } from "./run-and-wait";
import { Shop, shopConnection } from "./shop";
import { Fix, say, step } from "./steps";
import { type ServiceName, type ServiceSpec, Supervisor } from "./supervisor";
import { applyWarehouse, loader, reader, warehouseName, warehouseSecret, warehouseUrls } from "./warehouse";

/** Readers before what they read; the databases last. */
const stopOrder: ServiceName[][] = [["dashboard"], ["airflow", "faults"], ["aws", "fx"], ["ledger", "warehouse", "metadata"]];
/** What `--fresh` forgets; caches, the template, reports and the state of other platforms lie beside it. */
const ownState = ["airflow", "aws", "dashboard.json", "keys.json", "logs", "penstock.yaml", "postgres", "run", "shop.json", "tokens.json"];

interface Urls {
  ledger: string;
  warehouse: string;
  metadata: string;
}

/** One local platform: what it consists of, how its parts wait for each other, and how it ends. */
export class Platform {
  readonly supervisor: Supervisor;
  private readonly keys: Keys;
  /** Only where tests break things: nothing stands between the demo and its account. */
  private readonly faults: Faults | null;
  private control: Server | undefined;
  private shop: Shop | undefined;
  private ending: Promise<void> | undefined;

  private constructor(readonly options: Options) {
    this.supervisor = new Supervisor(options.state);
    this.keys = loadKeys(join(options.state, "keys.json"));
    this.faults = options.isTest ? faults(options) : null;
  }

  /** Takes the state folder: ends what an earlier run left there, refuses while another one runs on it. */
  static async open(options: Options): Promise<Platform> {
    mkdirSync(options.state, { recursive: true, mode: 0o700 });
    takeState(options.state);
    try {
      await endLeftovers(options.state);
      if (options.isFresh) forget(options.state);
      await requireFree(options.ports);
      return new Platform(options);
    } catch (error) {
      rmSync(join(options.state, "supervisor.json"), { force: true });
      throw error;
    }
  }

  get isStopping(): boolean {
    return this.ending !== undefined;
  }

  /** Starts everything, side by side where nothing has to wait; resolves when every service is ready. */
  async start(): Promise<void> {
    const { options } = this;
    const token = randomBytes(32).toString("base64url");
    this.control = await serveControl(this.supervisor, options.ports.control, token, this.faults, (denials) => deny(options, denials));
    writePrivate(join(options.state, "control.json"), { url: `http://127.0.0.1:${options.ports.control}`, token });

    if (this.faults) await this.startService("faults between the dashboard and what it reads", this.faults.spec);
    const java = javaHome();
    const uv = step("uv", () => findUv(options.cache));
    const environments = Object.fromEntries(
      (["platform", "extractor", "glue"] as const).map((name) => [
        name,
        uv.then((program) => step(`Python environment: ${name}`, () => venv(options.root, options.cache, program, runtimeVenvs[name]))),
      ]),
    ) as Record<Exclude<VenvName, "airflow">, ReturnType<typeof venv>>;
    const airflowPython = uv.then((program) =>
      step(`Python environment: Airflow ${options.airflow}`, async () => {
        const spec = await airflowVenv(options.root, options.cache, program, options.airflow);
        return { lock: spec.lock, venv: await venv(options.root, options.cache, program, spec) };
      }),
    );
    const driver = step("ODBC driver", odbcDriver);
    const assembly = step("template of infra/aws", () => synthesise(options));
    const jars = environments.glue.then(({ python }) => step("Spark's jars", () => this.fetchJars(python)));
    const build =
      options.without.includes("dashboard") || options.collectorOnly
        ? Promise.resolve()
        : // After the template: what waits for that one takes longer than what waits for the build.
          assembly.then(() => step("dashboard: production build", () => buildDashboard(options.root, options.cache)));
    const databases = step("PostgreSQL: ledger, warehouse, metadata", () => this.startDatabases());

    const warehouse = databases.then(({ warehouse }) =>
      step("warehouse: schema and roles", () => applyWarehouse(options.root, warehouse, this.keys)),
    );
    const shop = Promise.all([databases, environments.platform]).then(([{ metadata }, { python }]) => {
      this.shop = new Shop(options, python, metadata, this.keys.shopPassword);
      const made = this.shop;
      return step("shop: source database", () => made.prepare()).then(() => made);
    });
    // The tasks' own environments are needed when the first task starts, not before.
    const account = Promise.all([environments.platform, driver, assembly]).then(([platform, odbc, cloud]) =>
      this.startService(
        "AWS: ECS, Glue, S3, logs, secrets, MWAA",
        aws({
          options,
          keys: this.keys,
          venvs: { platform, extractor: venvAt(options.cache, runtimeVenvs.extractor), glue: venvAt(options.cache, runtimeVenvs.glue) },
          jars: this.jarsFolder,
          javaHome: java,
          assembly: cloud,
          secrets: this.secrets(odbc),
        }),
      ),
    );
    const orchestrator = Promise.all([databases, airflowPython]).then(async ([{ metadata }, python]) => {
      const prepared = airflow({ options, keys: this.keys, ...python, metadataUrl: metadata });
      await step("Airflow: metadata database", prepared.migrate);
      // The triggerer opens its log stream when it starts.
      await account;
      await this.startService(`Airflow ${options.airflow}`, prepared.service);
    });
    const rates = shop.then((made) => this.startService("FX rates API", made.fxApi(options.ports.fx)));
    const tokens = databases.then((urls) => this.prepareDashboard(urls));
    const web = Promise.all([databases, build, warehouse, account, tokens]).then(([urls]) =>
      options.collectorOnly
        ? this.startService("collector", collector(this.dashboardInput(urls)))
        : this.startService("dashboard: collector and web server", dashboard(this.dashboardInput(urls))),
    );
    const pipelines = Promise.all([orchestrator, account]).then(() => this.untilPipelinesAreRead());
    const shown = Promise.all([pipelines, web]).then(() => this.untilPipelinesAreShown());
    await allOrFirstFailure([shown, rates, jars, environments.extractor]);
    this.describe(await databases);
    if (options.schedules) this.shop?.keepAdvancing();
  }

  /** Ends every process of the platform, readers first. Later calls wait for the first. */
  stop(): Promise<void> {
    this.ending ??= (async () => {
      this.shop?.stopAdvancing();
      await endSessions(runningSessions(), 0);
      await this.supervisor.stopAll(stopOrder);
      // A service that was in the middle of its start may have made a process after its stop.
      await endLeftovers(this.options.state);
      this.control?.closeAllConnections();
      this.control?.close();
      for (const name of ["control.json", "platform.json", "supervisor.json"]) rmSync(join(this.options.state, name), { force: true });
    })();
    return this.ending;
  }

  private get jarsFolder(): string {
    return join(this.options.cache, "jars");
  }

  private async startService(title: string, spec: ServiceSpec): Promise<void> {
    if (this.options.without.includes(spec.name) || this.isStopping) return;
    this.supervisor.add(spec);
    await step(title, () => this.supervisor.start(spec.name));
  }

  private async untilPipelinesAreRead(): Promise<void> {
    if (this.options.without.includes("airflow") || this.options.without.includes("aws")) return;
    await step("Airflow has read the pipelines", () => untilPipelineIsKnown(this.options));
  }

  private async untilPipelinesAreShown(): Promise<void> {
    const { collectorOnly, without } = this.options;
    if (collectorOnly || ["airflow", "aws", "dashboard"].some((name) => without.some((each) => each === name))) return;
    await step("Penstock shows the pipelines", () => untilPipelineIsShown(this.options));
  }

  private async startDatabases(): Promise<Urls> {
    const { state, ports } = this.options;
    const servers = {
      ledger: database({ state, name: "ledger", port: ports.ledger, database: "penstock", isDurable: true }),
      warehouse: database({ state, name: "warehouse", port: ports.warehouse, database: warehouseName, isDurable: false }),
      metadata: database({ state, name: "metadata", port: ports.metadata, database: "postgres", isDurable: false }),
    };
    for (const { spec } of Object.values(servers)) this.supervisor.add(spec);
    await Promise.all(Object.values(servers).map(({ spec }) => this.supervisor.start(spec.name)));
    return { ledger: servers.ledger.url(), warehouse: servers.warehouse.url(), metadata: servers.metadata.url() };
  }

  private async fetchJars(python: string): Promise<void> {
    await run([python, join(this.options.root, "extractor", "glue", "fetch_jars.py"), this.jarsFolder], {
      env: { JAVA_HOME: javaHome() },
    });
  }

  private secrets(driver: string): Record<string, object> {
    const { ports } = this.options;
    return {
      "penstock/source/shop": { connection_string: shopConnection(driver, ports.metadata, this.keys.shopPassword) },
      "penstock/warehouse/loader": warehouseSecret(ports.warehouse, loader, this.keys.loaderPassword),
      "penstock/warehouse/reader": warehouseSecret(ports.warehouse, reader, this.keys.readerPassword),
    };
  }

  private dashboardInput(urls: Urls): DashboardInput {
    const warehouse = new URL(warehouseUrls(urls.warehouse, this.keys).reader);
    if (this.faults) warehouse.port = String(this.options.ports.faultsWarehouse);
    return { options: this.options, keys: this.keys, ledgerUrl: urls.ledger, warehouseUrl: warehouse.href };
  }

  private async prepareDashboard(urls: Urls): Promise<void> {
    writeFileSync(
      join(this.options.state, "penstock.yaml"),
      penstockYaml(dashboardUrl(this.options), dashboardAwsUrl(this.options), this.options.hasSample),
    );
    // For tests that start a Penstock of their own beside this one.
    writePrivate(join(this.options.state, "dashboard.json"), { env: dashboardEnv(this.dashboardInput(urls)) });
    if (this.options.without.includes("dashboard")) return;
    await step("API tokens of the four demo people", () => seedTokens(this.dashboardInput(urls)));
  }

  /** What tests and people need to know; its appearance says that everything is ready. */
  private describe(urls: Urls): void {
    const { options } = this;
    writePrivate(join(options.state, "platform.json"), {
      dashboardUrl: dashboardUrl(options),
      awsEndpoint: `http://127.0.0.1:${options.ports.aws}`,
      airflowUrl: `http://127.0.0.1:${options.ports.airflow}`,
      fxUrl: `http://127.0.0.1:${options.ports.fx}`,
      ledgerUrl: urls.ledger,
      warehouseUrl: urls.warehouse,
      warehouseLoaderUrl: warehouseUrls(urls.warehouse, this.keys).loader,
      shopUrl: this.shop?.url ?? null,
      dataBucket,
      tokensFile: join(options.state, "tokens.json"),
      now: new Date().toISOString(),
    });
  }
}

/** One supervisor for each state folder. */
function takeState(state: string): void {
  const file = join(state, "supervisor.json");
  if (existsSync(file)) {
    const other = JSON.parse(readFileSync(file, "utf8")) as { pid: number; process: string | null };
    if (other.process !== null && identify(other.pid) === other.process) {
      throw new Fix(
        `a platform already runs on ${state} (process ${other.pid})`,
        "Stop it with Ctrl-C or kill, or start with --state DIR --port-base N.",
      );
    }
    say("  · the platform on this folder was not stopped in order the last time: looking for what it left");
  }
  writePrivate(file, { pid: process.pid, process: identify(process.pid) });
}

function forget(state: string): void {
  for (const name of ownState) rmSync(join(state, name), { recursive: true, force: true });
}

/** Like Promise.all, but a failure of one is told only after it is known that nobody else fails unheard. */
async function allOrFirstFailure(work: Promise<unknown>[]): Promise<void> {
  for (const each of work) each.catch(() => undefined);
  await Promise.all(work);
}
