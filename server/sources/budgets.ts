import "server-only";

/** Requests a second that Penstock allows itself of each system, in each environment: what it is and what the system allows. */
export const perSecond = {
  /** InvokeRestApi allows 10 for everybody; actions have as many again. */
  airflow: 2,
  ecs: 4,
  /** Glue publishes no limit; single digits are known to be throttled. */
  glue: 2,
  /** GetLogEvents allows 10 in some regions, for everybody. */
  logs: 6,
  warehouse: 10,
  /** SQS itself takes thousands; this is what its bill should be. */
  events: 10,
  /** GetMetricData is billed by metric. */
  metrics: 1,
} as const;

export type Source = keyof typeof perSecond;
