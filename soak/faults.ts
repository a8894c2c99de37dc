import { setTimeout as delay } from "node:timers/promises";
import { paths } from "@/lib/paths";
import { type FaultRule, httpFaults, postgresFaults } from "../infra/local/fault-proxy/rules";
import { api, breakSources, mendSources, poke, signIn, sources, trigger } from "./platform";
import type { Report, Trial } from "./trial";

/** Where each service's trouble is told. */
const told: Record<FaultRule["service"], string> = {
  airflow: "airflow",
  ecs: "ecs",
  glue: "glue",
  logs: "logs",
  monitoring: "metrics",
  sqs: "events",
  sts: "airflow",
  warehouse: "warehouse",
};
/** Asked once a minute when nothing runs. */
const slow = ["logs", "monitoring"] as const;
const quick = ["airflow", "ecs", "glue", "sqs"] as const;
/** Faults that change nothing of what is asked there: a queue has no pages and Airflow's lists here one each; an empty answer has nothing of another type. */
const harmless = ["repeated-token × sqs", "repeated-token × airflow", "wrong-types × sqs", "wrong-types × logs"];
const toldWithinMs = 20_000;
const firstRunMs = 300_000;
const toldSlowlyWithinMs = 150_000;

interface Page {
  url: string;
  /** What it shows of the last good data. */
  shows: string[];
}

/** The newest run that went well; a platform that was just started has none yet. */
async function successfulRun(): Promise<{ environment: string; pipeline: string; runId: string }> {
  type Runs = { items: { environment: string; pipeline: string; runId: string }[] };
  const find = async () => ((await api("/api/runs?state=success&limit=1")).body as Runs).items[0];
  const known = await find();
  if (known) return known;
  await trigger("orders_faults", { fault: "none" });
  for (const until = Date.now() + firstRunMs; Date.now() < until; await delay(1_000)) {
    const run = await find();
    if (run) return run;
  }
  throw new Error(`No run went well within ${firstRunMs / 1000} s of its start.`);
}

/** Every kind of page, with the words that must still be there when its sources are broken. */
async function pages(): Promise<Page[]> {
  const run = await successfulRun();
  const path = paths.run(run);
  const detail = (await api(`/api${path}`)).body as { attempts?: { taskId: string; tryNumber: number }[] };
  const [attempt] = detail.attempts ?? [];
  return [
    { url: "/", shows: ["Where this comes from"] },
    { url: "/tables", shows: ["sales.orders"] },
    { url: "/tables/local/sales.orders", shows: ["sales.orders"] },
    { url: "/runs", shows: [run.pipeline] },
    { url: path, shows: [run.pipeline] },
    ...(attempt ? [{ url: paths.attempt(run, attempt.taskId, attempt.tryNumber), shows: [attempt.taskId] }] : []),
    { url: "/pipelines", shows: ["sales_daily"] },
    { url: `/pipelines/local/${run.pipeline}`, shows: [run.pipeline] },
    { url: "/activity", shows: [] },
  ];
}

/** Whether the source says what is wrong with it, in time. */
async function isTold(name: string, withinMs: number): Promise<boolean> {
  for (const until = Date.now() + withinMs; Date.now() < until; ) {
    const source = (await sources()).find((each) => each.name === name);
    if (!source || source.reason?.includes(name)) return true;
    await poke();
    await delay(1_000);
  }
  return false;
}

const isWell = async () => (await sources()).every((source) => source.state === "ok" && !source.remedy);

async function run(report: Report, options: string[]): Promise<void> {
  const only = options.find((each) => each.startsWith("--fault="))?.slice("--fault=".length);
  const open = await signIn();
  const known = await pages();
  const configured = (await sources()).map((source) => source.name);

  const lookAt = async (cell: string) => {
    for (const { url, shows } of known) {
      const { status, text } = await open(url);
      const isWhole = status === 200 && shows.every((word) => text.includes(word));
      report.check(
        `${cell} × ${url}: ${isWhole ? "renders" : `${status}, without ${shows.filter((word) => !text.includes(word)).join(", ")}`}`,
        isWhole,
      );
    }
  };
  const tell = async (rule: FaultRule, withinMs: number) => {
    const cell = `${rule.fault} × ${rule.service}`;
    if (!harmless.includes(cell)) report.check(`${cell}: ${told[rule.service]} says so`, await isTold(told[rule.service], withinMs));
    await lookAt(cell);
  };

  for (const fault of httpFaults) {
    if (only && only !== fault) continue;
    const lasting: FaultRule[] = slow.map((service) => ({ service, fault }));
    for (const service of quick) {
      if (!configured.includes(told[service]) || (fault.startsWith("airflow-") && service !== "airflow")) continue;
      const rule: FaultRule = { service, fault };
      await breakSources([...lasting, rule]);
      await tell(rule, toldWithinMs);
    }
    if (!fault.startsWith("airflow-")) for (const rule of lasting) await tell(rule, toldSlowlyWithinMs);
    report.figure(fault, `${report.passed} passed, ${report.failed.length} failed so far`);
  }
  for (const fault of postgresFaults) {
    if (only && only !== fault) continue;
    await breakSources([{ service: "warehouse", fault }]);
    await tell({ service: "warehouse", fault }, toldWithinMs);
  }
  await mendSources();
  const mended = Date.now();
  while (!(await isWell()) && Date.now() - mended < 90_000) {
    await poke();
    await delay(1_000);
  }
  report.check("every source is well again", await isWell());
  report.figure("well again after", `${((Date.now() - mended) / 1000).toFixed(1)} s`);
}

export default { name: "faults", run } satisfies Trial;
