import type { AirflowInput, Generation } from "./airflow";
import { airflowUser } from "./names";

/** Airflow 2 as MWAA has it: the scheduler parses the DAGs, the web server (gunicorn, FAB) serves /api/v1. */
export const airflow2: Generation = {
  api: "/api/v1",
  components: ["webserver", "scheduler", "triggerer"],
  front: "webserver",
  healthPath: "/health",
  environment({ options: { ports }, keys }: AirflowInput) {
    return {
      AIRFLOW__WEBSERVER__WEB_SERVER_HOST: "127.0.0.1",
      AIRFLOW__WEBSERVER__WEB_SERVER_PORT: String(ports.airflow),
      AIRFLOW__WEBSERVER__BASE_URL: `http://127.0.0.1:${ports.airflow}`,
      AIRFLOW__WEBSERVER__SECRET_KEY: keys.airflowJwtSecret,
      AIRFLOW__WEBSERVER__WORKERS: "2",
      // The session first: checking a password costs a hash of many rounds.
      AIRFLOW__API__AUTH_BACKENDS: "airflow.api.auth.backend.session,airflow.api.auth.backend.basic_auth",
      AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL: "5",
    };
  },
  afterMigration: ({ keys }) =>
    [["users", "create", "--username", airflowUser, "--role", "Admin", "--password", keys.airflowApiPassword]].map((args) => [
      ...args,
      "--firstname",
      "Local",
      "--lastname",
      "Platform",
      "--email",
      "local@localhost",
    ]),
};
