import "server-only";
import { eq } from "drizzle-orm";
import type { AttemptFact } from "@/lib/schemas/facts";
import { ledger } from "@/server/ledger/db";
import { ecsTask, sourceHealth } from "@/server/ledger/schema";
import { recordFailure } from "@/server/ledger/source-health";
import { ago, attemptFact, containerFact, pipelineFact, runFact, type Told, tell } from "./facts";

/** As long as the configuration lets a name be. */
const longEnvironment = `${"long-name-of-an-environment-".repeat(3)}`.slice(0, 80);
const instances = 5_000;
const hour = 60;

const filled = (text: string, length = 250) => [...text.repeat(length)].slice(0, length).join("");

/** What Airflow lets an id be and more: as long as can be, without a place to break, of other scripts, and what means something in an address. */
export const longNames = {
  environment: longEnvironment,
  unbroken: { pipeline: filled("w"), runId: filled("r"), taskId: filled("t"), group: filled("g", 124) },
  hostile: {
    pipeline: filled("50%/../מכירות?x=1#مبيعات.&+😀 \\"),
    runId: filled("manual__2026-11-22T06:15:00+00:00/😀%2F"),
    taskId: filled("خطوة/%41..#؟<b>"),
  },
};

/** Runs of a pipeline on its last days, newest first, each with its tasks; the newest fails where it is said to. */
function history(pipeline: string, taskIds: string[], { days = 5, fails = false, runId = "scheduled" } = {}): Required<Told> {
  const runs = [...Array(days).keys()].map((day) =>
    runFact(pipeline, day === 0 ? runId : `${runId.slice(0, 240)}-${day}`, {
      state: fails && day === 0 ? "failed" : "success",
      startedAt: ago(day * 24 * hour + 60),
      endedAt: ago(day * 24 * hour + 40),
      dagVersion: "1",
    }),
  );
  const attempts = runs.flatMap((run, day) =>
    taskIds.map((taskId, index) => {
      const from = day * 24 * hour + 59 - (index * 18) / taskIds.length;
      return attemptFact(run, taskId, {
        state: run.state === "failed" && index === taskIds.length - 1 ? "failed" : "success",
        operator: "EcsRunTaskOperator",
        queuedAt: ago(from),
        startedAt: ago(from - 1),
        endedAt: ago(from - 18 / taskIds.length),
      });
    }),
  );
  return { pipelines: [pipelineFact(pipeline)], runs, attempts, containers: [], chains: { [pipeline]: taskIds }, sources: [] };
}

const together = (...told: Required<Told>[]): Told => ({
  pipelines: told.flatMap(({ pipelines }) => pipelines),
  runs: told.flatMap(({ runs }) => runs),
  attempts: told.flatMap(({ attempts }) => attempts),
  chains: Object.assign({}, ...told.map(({ chains }) => chains)),
});

const tasks = ["extract", "clean", "load"];

/** Pipelines that have not run: one just deployed, one paused, one whose file is broken now. */
const withoutRuns: Told = {
  pipelines: [
    pipelineFact("just_deployed"),
    pipelineFact("paused_since_birth", { isPaused: true, nextRunAt: null }),
    pipelineFact("broken_file", { hasImportErrors: true, schedule: null, nextRunAt: null }),
  ],
  chains: { just_deployed: tasks },
};

/** No warehouse, no Glue, no Container Insights, no log group, and containers whose price nobody knows. */
async function withoutSources(environment: string): Promise<void> {
  const told = history("orders", tasks, { fails: true });
  await tell(environment, {
    ...told,
    containers: told.attempts.slice(0, 6).map((each) => containerFact(environment, each)),
    sources: ["airflow", "ecs"],
  });
  await ledger()
    .update(ecsTask)
    .set({ usage: { notCollected: "turn on Container Insights" } })
    .where(eq(ecsTask.environment, environment));
}

/** Everything was read five hours ago and nothing since; one run was going on then. */
async function stale(environment: string): Promise<void> {
  const told = history("orders", tasks, { fails: true });
  const open = runFact("orders", "manual__open", { state: "running", startedAt: ago(5 * hour + 10), endedAt: null });
  await tell(environment, {
    ...told,
    sources: undefined,
    runs: [...told.runs, open],
    attempts: [...told.attempts, attemptFact(open, "extract", { state: "running", startedAt: ago(5 * hour + 9), endedAt: null })],
  });
  const error = { error: "airflow cannot be reached (ECONNREFUSED)", remedy: "Check that the endpoint answers." };
  for (const source of ["airflow", "ecs", "logs", "metrics"]) await recordFailure(ledger(), { environment, source }, [], 60_000, error);
  await ledger()
    .update(sourceHealth)
    .set({ succeededAt: ago(5 * hour), failedSince: ago(5 * hour - 1), staleAfterMs: 60_000 })
    .where(eq(sourceHealth.environment, environment));
}

/** One task with 5,000 mapped instances between two others, in a run that ended, one that runs and a good one before. */
async function mapped(environment: string): Promise<void> {
  const stateOf = (index: number, isOpen: boolean): Partial<AttemptFact> => {
    const from = 55 - (index / instances) * 40;
    const times = { mapIndex: index, queuedAt: ago(from + 1), startedAt: ago(from), endedAt: ago(from - 1 - (index % 7) / 10) };
    if (index % 911 === 17) return { ...times, state: "failed" };
    if (!isOpen || index < 3_000) return times;
    return index < 3_064
      ? { ...times, state: "running", endedAt: null }
      : { mapIndex: index, state: "scheduled", queuedAt: null, startedAt: null, endedAt: null };
  };
  const runs = [
    runFact("fan_out", "failed", { state: "failed", endedAt: ago(10), dagVersion: "1" }),
    runFact("fan_out", "open", { state: "running", startedAt: ago(56), endedAt: null, dagVersion: "1" }),
    runFact("fan_out", "good", { startedAt: ago(25 * hour), endedAt: ago(24 * hour), dagVersion: "1" }),
  ];
  const of = (run: (typeof runs)[number]) => [
    attemptFact(run, "list", { endedAt: ago(56), operator: "PythonOperator" }),
    ...[...Array(instances).keys()].map((index) =>
      attemptFact(run, "part", {
        operator: "EcsRunTaskOperator",
        ...(run.runId === "good" ? { mapIndex: index } : stateOf(index, run.endedAt === null)),
      }),
    ),
    attemptFact(run, "gather", {
      ...(run.runId === "good"
        ? {}
        : { state: run.endedAt ? "upstream_failed" : "none", queuedAt: null, startedAt: null, endedAt: run.endedAt }),
    }),
  ];
  const [failed, ...others] = runs.map((run) => ({ runs: [run], attempts: of(run) }));
  const pipelines = [pipelineFact("fan_out")];
  const chains = { fan_out: ["list", "part", "gather"] };
  for (const each of others) await tell(environment, { pipelines, chains, ...each });
  const containers = failed?.attempts
    .filter(({ taskId }) => taskId === "part")
    .map((each) => containerFact(environment, each, { architecture: "x86_64" }));
  await tell(environment, { pipelines, chains, ...failed, containers });
}

const teams = [...Array(34).keys()].map((index) => `team-${String(index + 1).padStart(2, "0")}`);

/** Every environment and how it is filled: forty. */
export const situations: Record<string, (environment: string) => Promise<void>> = {
  "no-dags": (name) => tell(name, {}),
  "no-runs": (name) => tell(name, withoutRuns),
  unread: async () => undefined,
  stale,
  "without-sources": withoutSources,
  mapped,
  [longEnvironment]: (name) => {
    const { unbroken, hostile } = longNames;
    const ids = [unbroken.taskId, `${unbroken.group}.${filled("a", 125)}`, `${unbroken.group}.${filled("b", 125)}`];
    return tell(
      name,
      together(
        history(unbroken.pipeline, ids, { fails: true, runId: unbroken.runId }),
        history(hostile.pipeline, [hostile.taskId], { fails: true, runId: hostile.runId }),
      ),
    );
  },
  ...Object.fromEntries(
    teams
      .slice(0, 33)
      .map((team, index) => [team, (name: string) => tell(name, together(history("orders", tasks, { fails: index % 11 === 0 })))]),
  ),
};
