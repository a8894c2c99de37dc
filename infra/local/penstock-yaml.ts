import { stringify } from "yaml";
import { account, airflowEnvironment, environment, eventQueue, region } from "./names";

interface Table {
  name: string;
  dataThrough: string;
  producedBy: { dag: string; task: string };
}

const sales = { dag: "sales_daily", task: "load" };
const tables: Table[] = [
  { name: "sales.customers", dataThrough: "updated_at", producedBy: sales },
  { name: "sales.orders", dataThrough: "order_date", producedBy: sales },
  { name: "sales.order_lines", dataThrough: "order_date", producedBy: sales },
  { name: "sales.sales_by_day", dataThrough: "order_date", producedBy: sales },
  { name: "finance.fx_rates", dataThrough: "rate_hour", producedBy: { dag: "fx_rates_hourly", task: "start_load" } },
];

/** The dashboard's configuration for this platform. `awsUrl` is the endpoint that it uses: a queue is addressed by its URL alone. */
export function penstockYaml(publicUrl: string, awsUrl: string, hasSample: boolean): string {
  return stringify({
    publicUrl,
    zone: "UTC",
    sample: hasSample,
    environments: [
      {
        name: environment,
        region,
        roleArn: `arn:aws:iam::${account}:role/penstock-dashboard-reader-${region}`,
        operatorRoleArn: `arn:aws:iam::${account}:role/penstock-dashboard-operator-${region}`,
        mwaa: airflowEnvironment,
        ecs: ["penstock"],
        glue: ["penstock-*"],
        warehouse: { url: "env:WAREHOUSE_URL" },
        events: `${awsUrl}/${account}/${eventQueue}`,
      },
    ],
    tables: tables.map(({ name, dataThrough, producedBy }) => ({
      name,
      environment,
      loadedAt: "loaded_at",
      dataThrough,
      // The daily run starts at 06:15 UTC and takes minutes; rates come every hour.
      ...(producedBy.dag === sales.dag
        ? { expect: { by: "07:00", zone: "UTC", days: "all", grace: "15m" }, warnAfter: "26h", errorAfter: "36h" }
        : { warnAfter: "2h", errorAfter: "6h" }),
      producedBy,
    })),
    refresh: [{ table: "sales.orders", environment, dag: sales.dag, cooldown: "30m", maxUsd: 2 }],
  });
}
