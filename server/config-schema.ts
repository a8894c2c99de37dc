import "server-only";
import { z } from "zod";
import { sampleEnvironment } from "@/lib/schemas/sample";
import { Role } from "@/lib/schemas/user";
import { isCalendar } from "./holidays";

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `15m`, `26h` → milliseconds. */
const Duration = z
  .string("a duration such as 15m, 26h or 2d")
  .regex(/^\d+(s|m|h|d)$/, "a duration such as 15m, 26h or 2d")
  .transform((text) => Number(text.slice(0, -1)) * unitMs[text.at(-1) as keyof typeof unitMs]);

const Zone = z.string("an IANA time zone such as Europe/Madrid").refine((zone) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}, "an IANA time zone such as Europe/Madrid");

const text = (example: string) => z.string(`text such as ${example}`).min(1, `text such as ${example}`);
const roleArn = z
  .string("a role ARN such as arn:aws:iam::123456789012:role/penstock")
  .regex(/^arn:aws[\w-]*:iam::\d{12}:role\/.+$/, "a role ARN such as arn:aws:iam::123456789012:role/penstock");
const httpUrl = z.url({ protocol: /^https?$/, error: "an http or https URL" });
/** Also what Airflow and the paths of Penstock's pages accept. */
const EnvironmentName = z
  .string("a name of letters, digits, - and _ such as prod")
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/, "a name of letters, digits, - and _ such as prod");
const TableName = z
  .string("a table as schema.table, such as sales.orders")
  .regex(/^[^\s."]+\.[^\s."]+$/, "a table as schema.table, such as sales.orders");
const Column = z.string("a column name such as loaded_at").regex(/^[A-Za-z_][A-Za-z0-9_$]{0,62}$/, "a column name such as loaded_at");

const Warehouse = z.union(
  [
    z.strictObject({
      url: z
        .string("a PostgreSQL URL, best as env:WAREHOUSE_URL")
        .regex(/^postgres(ql)?:\/\/\S+$/, "a PostgreSQL URL, best as env:WAREHOUSE_URL"),
    }),
    z.strictObject({
      rds: z.strictObject({
        host: text("warehouse.abc.eu-west-1.rds.amazonaws.com"),
        port: z.int("a port such as 5432").min(1).max(65_535).default(5432),
        database: text("warehouse"),
        user: text("penstock_reader"),
        iam: z.literal(true, "iam: true (a password belongs in url: env:NAME)"),
      }),
    }),
  ],
  "either { url: env:WAREHOUSE_URL } or { rds: { host, database, user, iam: true } }",
);
export type WarehouseConfig = z.infer<typeof Warehouse>;

export const EnvironmentConfig = z.strictObject({
  name: EnvironmentName.refine((name) => name !== sampleEnvironment, `another name: ${sampleEnvironment} is the sample data's`).describe(
    "what Penstock calls it",
  ),
  region: z
    .string("an AWS region such as eu-west-1")
    .regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "an AWS region such as eu-west-1")
    .describe("where it runs; decides the price list"),
  roleArn: roleArn.optional().describe("assumed for reading; without it, the process's own credentials"),
  operatorRoleArn: roleArn.optional().describe("assumed for actions; without it, the reading one"),
  externalId: text("a shared external id").optional().describe("sent when a role is assumed"),
  mwaa: text("data-platform, the MWAA environment's name").describe("name of the MWAA environment"),
  ecs: z
    .array(text("ingestion, an ECS cluster"), "a list of ECS clusters such as [ingestion]")
    .default([])
    .describe("clusters whose tasks are read"),
  glue: z
    .array(text("sales_*, a Glue job or pattern"), "a list of Glue jobs or patterns such as [sales_*]")
    .default([])
    .describe("jobs whose runs are read; * matches any text"),
  warehouse: Warehouse.optional().describe("the PostgreSQL that the pipelines load: url, or rds with IAM"),
  events: httpUrl
    .optional()
    .describe(
      "SQS queue to which EventBridge sends this environment's ECS and Glue state changes: its own, for what is read is deleted; without it, polling alone",
    ),
});
export type EnvironmentConfig = z.infer<typeof EnvironmentConfig>;

const Sample = z
  .union(
    [
      z.boolean(),
      z.strictObject({
        seed: z.int("a whole number such as 1").min(0, "0 or more").default(1).describe("another seed, another history"),
        days: z
          .int("a number of days such as 120")
          .min(1, "1 to 366")
          .max(366, "1 to 366")
          .default(120)
          .describe("how far back it reaches"),
      }),
    ],
    "true, false or { seed, days }",
  )
  .default(false)
  .describe(
    `a simulated company as the environment ${sampleEnvironment}, to look at and to try things on; never part of lists and totals of the others`,
  )
  .transform((value) => (value === true ? { seed: 1, days: 120 } : value === false ? null : value));

const Calendar = "a country of holidays such as ES, or a region of it such as ES-MD";
const weekday = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;

const Expectation = z
  .strictObject({
    by: z
      .string('a time of day in quotes such as "08:00"')
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day in quotes such as "08:00"')
      .describe("deadline, wall clock"),
    zone: Zone.optional().describe("its zone; without it, the file's zone"),
    days: z
      .union([z.enum(["all", "working"]), z.array(z.enum(weekday)).min(1)], "all, working or a list such as [mon, tue]")
      .default("all")
      .describe("days on which a load is expected"),
    calendar: z.string(Calendar).refine(isCalendar, Calendar).optional().describe("country whose holidays are no working days"),
    grace: Duration.optional().describe("how much later still counts as on time"),
  })
  .transform(({ grace, ...rest }) => ({ ...rest, graceMs: grace ?? 0 }));

export const TableConfig = z
  .strictObject({
    name: TableName.describe("schema.table in the warehouse"),
    environment: EnvironmentName.optional().describe("needed when there is more than one"),
    loadedAt: Column.optional().describe("column that says when a row was loaded; indexed"),
    dataThrough: Column.optional().describe("column that says up to when the data reaches; indexed"),
    expect: Expectation.optional().describe("deadline of each day's load"),
    warnAfter: Duration.optional().describe("age at which it is due soon"),
    errorAfter: Duration.optional().describe("age at which it is late"),
    producedBy: z
      .strictObject({ dag: text("sales_daily"), task: text("load").optional() })
      .optional()
      .describe("the task that loads it, for why and where"),
  })
  .transform(({ warnAfter, errorAfter, ...rest }) => ({ ...rest, warnAfterMs: warnAfter ?? null, errorAfterMs: errorAfter ?? null }));

const Usd = z.number("an amount in US dollars such as 2").nonnegative();

const Refresh = z
  .strictObject({
    table: TableName,
    environment: EnvironmentName.optional(),
    dag: text("sales_daily"),
    cooldown: Duration,
    maxUsd: Usd.optional(),
  })
  .transform(({ cooldown, ...rest }) => ({ ...rest, cooldownMs: cooldown }));

const Alert = z.strictObject({
  on: z.array(z.enum(["late", "failed", "due_soon"], "late, failed or due_soon")).min(1),
  to: text("env:SLACK_WEBHOOK"),
});

const Auth = z.strictObject({
  oidc: z.strictObject({
    issuer: httpUrl,
    clientId: text("penstock"),
    clientSecret: text("env:OIDC_CLIENT_SECRET"),
    groupsClaim: text("groups").default("groups").describe("claim that lists a person's groups"),
  }),
  groups: z
    .record(z.string(), Role, "roles by group, such as { data-engineers: operator }")
    .refine((groups) => Object.keys(groups).length > 0, "at least one group with its role: nobody could sign in")
    .describe("role of each group: viewer, analyst, operator or admin; the highest counts"),
});
export type AuthConfig = z.infer<typeof Auth>;

export const ConfigFile = z.strictObject(
  {
    publicUrl: httpUrl.optional().describe("the URL that browsers use; writes must come from it"),
    zone: Zone.optional().describe("zone of deadlines that name none, and of what counts as today; UTC without it"),
    environments: z
      .array(EnvironmentConfig, "a list of environments")
      .default([])
      .describe("each an MWAA environment with what its DAGs start and load"),
    sample: Sample,
    tables: z.array(TableConfig, "a list of tables").default([]).describe("tables whose freshness is judged"),
    dbt: z
      .strictObject(
        { sources: text("models/sources.yml"), environment: EnvironmentName.optional() },
        "{ sources: models/sources.yml }, instead of tables",
      )
      .optional(),
    refresh: z.array(Refresh, "a list of refresh rules").default([]).describe("what analysts may refresh; accepted, not used yet"),
    alerts: z.array(Alert, "a list of alert rules").default([]).describe("whom to tell; accepted, not used yet"),
    auth: Auth.optional().describe("sign-in; without it Penstock refuses to boot, save in the demo"),
  },
  "a mapping with the key environments",
);
export type ConfigFile = z.infer<typeof ConfigFile>;
