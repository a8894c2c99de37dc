import "server-only";
import { CloudWatchClient, GetMetricDataCommand, type MetricDataResult } from "@aws-sdk/client-cloudwatch";
import type { EnvironmentConfig } from "@/server/env";
import { clientFor, clientSettings } from "./aws";
import { perSecond } from "./budgets";
import { type Budget, call } from "./call";
import { PageTrail } from "./paging";

/** GetMetricData is billed by metric; 50 requests a second are allowed, one in a while is enough. */
export const budget = (environment: EnvironmentConfig): Budget => ({
  environment: environment.name,
  source: "metrics",
  purpose: "poll",
  perSecond: perSecond.metrics,
  burst: 5,
});

/** GetMetricData's own limit. */
export const queryLimit = 500;
const periodSeconds = 60;

const client = (environment: EnvironmentConfig) =>
  clientFor("cloudwatch", environment, "read", () => new CloudWatchClient(clientSettings(environment, "read")));

export interface MetricQuery {
  namespace: string;
  metric: string;
  dimensions: Record<string, string>;
  statistic: "Maximum" | "Average" | "Sum";
}

export interface Series {
  /** By minute, in no order. */
  points: { at: Date; value: number }[];
  /** False: CloudWatch could not give all of it now. */
  isWhole: boolean;
}

function add(series: Series[], result: MetricDataResult): void {
  const one = series[Number(result.Id?.slice(1))];
  if (!one) return;
  const times = result.Timestamps ?? [];
  for (const [index, value] of (result.Values ?? []).entries()) {
    const at = times[index];
    if (at !== undefined) one.points.push({ at, value });
  }
  // Of a result in several pages the earlier ones are partial, the last one says how it ended.
  one.isWhole = result.StatusCode === "Complete";
}

/** Each query's values by minute from `from` to `to`, in the order of the queries. */
export async function readMetrics(environment: EnvironmentConfig, queries: MetricQuery[], from: Date, to: Date): Promise<Series[]> {
  const all: Series[] = [];
  for (let start = 0; start < queries.length; start += queryLimit) {
    const asked = queries.slice(start, start + queryLimit);
    const series = asked.map((): Series => ({ points: [], isWhole: false }));
    const MetricDataQueries = asked.map(({ namespace, metric, dimensions, statistic }, index) => ({
      Id: `m${index}`,
      MetricStat: {
        Metric: {
          Namespace: namespace,
          MetricName: metric,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        },
        Period: periodSeconds,
        Stat: statistic,
      },
    }));
    const trail = new PageTrail(budget(environment));
    let token: string | undefined;
    do {
      const answer = await call(
        budget(environment),
        (abortSignal) =>
          client(environment).send(new GetMetricDataCommand({ MetricDataQueries, StartTime: from, EndTime: to, NextToken: token }), {
            abortSignal,
          }),
        { operation: "cloudwatch:GetMetricData" },
      );
      for (const result of answer.MetricDataResults ?? []) add(series, result);
      token = trail.next(answer.NextToken);
    } while (token);
    all.push(...series);
  }
  return all;
}
