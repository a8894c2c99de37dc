/**
 * Names that the DAGs, the dashboard's penstock.yaml and the local platform rely on. Each is written once, here; a change is a change of
 * contract for all three.
 */
export const names = {
  airflowEnvironment: "penstock",
  cluster: "penstock",
  extractorFamily: "penstock-extractor",
  missingImageFamily: "penstock-extractor-missing-image",
  extractorContainer: "extractor",
  extractorLogGroup: "/penstock/extractor",
  extractorLogPrefix: "extractor",
  loadJob: "penstock-load",
  /** Glue appends /output and /error. */
  loadLogGroup: "/aws-glue/jobs",
  /** Where EventBridge puts the state changes of ECS tasks and Glue runs; penstock.yaml: events. */
  eventQueue: "penstock-events",
  /** What was received ten times and never deleted. */
  deadEventQueue: "penstock-events-dead",
  warehouse: "penstock-warehouse",
  /** IAM-authenticated database user of the dashboard; it inherits penstock_reader. */
  dashboardDatabaseUser: "penstock_dashboard",
  secrets: {
    shopSource: "penstock/source/shop",
    warehouseLoader: "penstock/warehouse/loader",
    warehouseReader: "penstock/warehouse/reader",
  },
  buckets: { data: "penstock-data", assets: "penstock-assets", airflow: "penstock-airflow", accessLogs: "penstock-access-logs" },
  /** IAM's names are the account's, not a region's: each role has the region's name behind its own. */
  roles: { dashboard: "penstock-dashboard", reader: "penstock-dashboard-reader", operator: "penstock-dashboard-operator" },
  /** Prefixes of the data bucket: one writer each. */
  data: { raw: "raw", quarantine: "quarantine" },
} as const;
