import type { AirflowInput, Generation } from "./airflow";

/** Airflow 3: API server, scheduler, DAG processor and triggerer; /api/v2 with tokens of the all-admins login. */
export const airflow3: Generation = {
  api: "/api/v2",
  components: ["api-server", "scheduler", "dag-processor", "triggerer"],
  front: "api-server",
  healthPath: "/api/v2/monitor/health",
  environment({ options: { ports }, keys }: AirflowInput) {
    const api = `http://127.0.0.1:${ports.airflow}`;
    return {
      AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS: "True",
      AIRFLOW__CORE__EXECUTION_API_SERVER_URL: `${api}/execution/`,
      AIRFLOW__API__HOST: "127.0.0.1",
      AIRFLOW__API__PORT: String(ports.airflow),
      AIRFLOW__API__BASE_URL: api,
      AIRFLOW__API__WORKERS: "1",
      AIRFLOW__API_AUTH__JWT_SECRET: keys.airflowJwtSecret,
      AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL: "5",
      // Below this a stale executor event can fail a task that has just resumed.
      AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL: "1",
    };
  },
  afterMigration: () => [],
};
