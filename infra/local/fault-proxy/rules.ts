import { z } from "zod";

/** As the credential scope of a signed request names them. */
export const services = ["airflow", "ecs", "glue", "logs", "monitoring", "sqs", "sts"] as const;

/** What an AWS service, or something between it and us, does to a request. The last four are Airflow's own, passed on by InvokeRestApi. */
export const httpFaults = [
  "throttle-429",
  "throttling-exception",
  "500",
  "503",
  "html",
  "malformed",
  "wrong-types",
  "truncated",
  "repeated-token",
  "expired-credentials",
  "access-denied",
  "hang",
  "clock-skew",
  "oversized",
  "reset",
  "airflow-403",
  "airflow-429",
  "airflow-503",
  "airflow-html",
] as const;
export type HttpFault = (typeof httpFaults)[number];

/** What a PostgreSQL server, or the way to it, does: the first three to connections, `denied` to sign-in, the others to each statement. */
export const postgresFaults = ["refuse", "reset", "hang", "denied", "permission", "statement-timeout", "read-only", "garbage"] as const;
export type PostgresFault = (typeof postgresFaults)[number];

export const HttpRule = z.strictObject({
  service: z.enum(services),
  operation: z.string().optional(),
  /** Airflow's path within InvokeRestApi, from its beginning: `/dags/~/dagRuns`. */
  path: z.string().optional(),
  account: z.string().optional(),
  region: z.string().optional(),
  fault: z.enum(httpFaults),
  /** So many requests; then the rule is used up. */
  times: z.int().positive().optional(),
});
export type HttpRule = z.infer<typeof HttpRule>;

export const PostgresRule = z.strictObject({ service: z.literal("warehouse"), fault: z.enum(postgresFaults) });
export const FaultRule = z.union([HttpRule, PostgresRule]);
export type FaultRule = z.infer<typeof FaultRule>;

/** What a request asks, as far as rules tell requests apart. */
export interface Asked {
  service: string;
  operation: string;
  /** Null but for InvokeRestApi. */
  path: string | null;
  /** Null when the key was not handed out through this proxy. */
  account: string | null;
  region: string | null;
}

export const applies = (rule: HttpRule, asked: Asked): boolean =>
  rule.service === asked.service &&
  (rule.operation === undefined || rule.operation === asked.operation) &&
  (rule.path === undefined || (asked.path?.startsWith(rule.path) ?? false)) &&
  (rule.account === undefined || rule.account === asked.account) &&
  (rule.region === undefined || rule.region === asked.region);
