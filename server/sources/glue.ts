import "server-only";
import { BatchGetJobsCommand, GetJobRunCommand, GetJobRunsCommand, GlueClient, type JobRun, ListJobsCommand } from "@aws-sdk/client-glue";
import type { GlueRunFact } from "@/lib/schemas/facts";
import { claimIn } from "@/lib/schemas/join-claim";
import { publicValue } from "@/lib/schemas/secret-names";
import type { EnvironmentConfig } from "@/server/env";
import { keepable } from "./airflow-answers";
import { clientFor, clientSettings } from "./aws";
import { UnexpectedAnswer } from "./aws-guard";
import { perSecond } from "./budgets";
import { type Budget, call } from "./call";
import { PageTrail } from "./paging";
import { serverNow } from "./server-clock";

/** Glue publishes no limit; single digits a second are known to be throttled. */
export const budget = (environment: EnvironmentConfig): Budget => ({
  environment: environment.name,
  source: "glue",
  purpose: "poll",
  perSecond: perSecond.glue,
  burst: 6,
});

const client = (environment: EnvironmentConfig) =>
  clientFor("glue", environment, "read", () => new GlueClient(clientSettings(environment, "read")));

/** Arguments whose names or values say secret are kept out of the ledger. */
function keptArguments(given: Record<string, string> | undefined): Record<string, string> {
  return keepable(Object.fromEntries(Object.entries(given ?? {}).map(([name, value]) => [name, publicValue(name, value)])));
}

/** A job run in our words. Without a value DPU-seconds are unknown: only Flex and auto-scaled runs have them. */
export function toGlueRun(run: JobRun): GlueRunFact {
  return {
    jobName: run.JobName ?? "",
    jobRunId: run.Id ?? "",
    state: run.JobRunState ?? "UNKNOWN",
    attempt: run.Attempt ?? 0,
    joinKey: run.Arguments?.["--PENSTOCK_JOIN_KEY"] ?? null,
    errorMessage: keepable(run.ErrorMessage ?? null),
    glueVersion: run.GlueVersion ?? null,
    workerType: run.WorkerType ?? null,
    numberOfWorkers: run.NumberOfWorkers ?? null,
    maxCapacityDpu: run.MaxCapacity ?? null,
    executionSeconds: run.ExecutionTime ?? null,
    dpuSeconds: run.DPUSeconds ?? null,
    executionClass: run.ExecutionClass ?? null,
    timeoutMinutes: run.Timeout ?? null,
    logGroup: run.LogGroupName ?? null,
    arguments: keptArguments(run.Arguments),
    claim: claimIn(Object.entries(run.Arguments ?? {})),
    stateDetail: keepable(run.StateDetail ?? null),
    startedAt: run.StartedOn ?? null,
    modifiedAt: run.LastModifiedOn ?? null,
    completedAt: run.CompletedOn ?? null,
  };
}

const toPattern = (pattern: string) => new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);

/** Whether a name of the configuration, in which `*` stands for any text, is of this job. */
export const matchesJob = (pattern: string, jobName: string) => toPattern(pattern).test(jobName);

/** Whether the environment's configuration names this job. */
export const isWatchedJob = (environment: EnvironmentConfig, jobName: string) => environment.glue.some((name) => matchesJob(name, jobName));

/** What time it is at Glue, by its answers; null before the first. */
export const glueNow = (environment: EnvironmentConfig): Date | null => serverNow(environment.name, "glue");

/** Names of the environment's jobs: plain names as they are, patterns by what exists. */
export async function listJobs(environment: EnvironmentConfig): Promise<string[]> {
  const plain = environment.glue.filter((name) => !name.includes("*"));
  const patterns = environment.glue.filter((name) => name.includes("*")).map(toPattern);
  if (patterns.length === 0) return plain;
  const names = new Set(plain);
  const trail = new PageTrail(budget(environment));
  let token: string | undefined;
  do {
    const answer = await call(
      budget(environment),
      async (abortSignal) => {
        const told = await client(environment).send(new ListJobsCommand({ MaxResults: 100, NextToken: token }), { abortSignal });
        // Jobs that are not in the list are read no more: there must be one.
        if (!told.JobNames) throw new UnexpectedAnswer("JobNames: expected a list, received nothing");
        return told;
      },
      { operation: "glue:ListJobs" },
    );
    for (const name of answer.JobNames ?? []) if (patterns.some((pattern) => pattern.test(name))) names.add(name);
    token = trail.next(answer.NextToken);
  } while (token);
  return [...names];
}

/** The job's newest runs; older pages are read while every run of a page started after `since`. */
export async function listJobRuns(environment: EnvironmentConfig, jobName: string, since: Date): Promise<GlueRunFact[]> {
  const runs: GlueRunFact[] = [];
  const trail = new PageTrail(budget(environment));
  let token: string | undefined;
  do {
    const answer = await call(
      budget(environment),
      (abortSignal) =>
        client(environment).send(new GetJobRunsCommand({ JobName: jobName, MaxResults: 100, NextToken: token }), { abortSignal }),
      { operation: "glue:GetJobRuns" },
    );
    const page = (answer.JobRuns ?? []).map(toGlueRun);
    runs.push(...page);
    const isRecent = page.every((run) => run.startedAt === null || run.startedAt >= since);
    token = isRecent ? trail.next(answer.NextToken) : undefined;
  } while (token);
  return runs;
}

/** One run. @throws AppError not_found */
export async function getJobRun(environment: EnvironmentConfig, jobName: string, jobRunId: string): Promise<GlueRunFact | null> {
  const answer = await call(
    budget(environment),
    (abortSignal) => client(environment).send(new GetJobRunCommand({ JobName: jobName, RunId: jobRunId }), { abortSignal }),
    { operation: "glue:GetJobRun" },
  );
  return answer.JobRun ? toGlueRun({ JobName: jobName, ...answer.JobRun }) : null;
}

/** BatchGetJobs takes at most so many names. */
const batchLimit = 25;
const isOn = (value: string | undefined) => value !== undefined && value !== "false";

/** Jobs whose definition turns job metrics on; a run's own arguments may do so too. There is no such batch for runs. */
export async function listJobsWithMetrics(environment: EnvironmentConfig, jobNames: string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (let from = 0; from < jobNames.length; from += batchLimit) {
    const asked = jobNames.slice(from, from + batchLimit);
    const answer = await call(
      budget(environment),
      (abortSignal) => client(environment).send(new BatchGetJobsCommand({ JobNames: asked }), { abortSignal }),
      { operation: "glue:BatchGetJobs" },
    );
    for (const job of answer.Jobs ?? []) if (job.Name && isOn(job.DefaultArguments?.["--enable-metrics"])) found.add(job.Name);
  }
  return found;
}

/** Whether a run was started with job metrics on. */
export const hasOwnMetrics = (given: Record<string, string> | null) => isOn(given?.["--enable-metrics"]);
