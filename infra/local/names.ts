/** Names that the platform, the DAGs and the infrastructure share; infra/aws/names.ts has the same on its side of the template. */
export const account = "123456789012";
export const region = "eu-west-1";
export const airflowEnvironment = "penstock";
/** Whom the emulated MWAA signs in as where Airflow has users. */
export const airflowUser = "local";
export const taskLogGroup = `airflow-${airflowEnvironment}-Task`;
export const dataBucket = `penstock-data-${account}-${region}`;
export const eventQueue = "penstock-events";
/** Other places that the test platform seeds from the same template: another account, and another region of the own one. */
export const places = [
  { account: "210987654321", region },
  { account, region: "eu-west-2" },
] as const;
/** What Penstock must say to assume its reader's role in the other account. */
export const externalId = "penstock-test-platform";
/** Name of the environment in the dashboard's configuration. */
export const environment = "local";

/** What finds the emulated account, for any AWS client. */
export const awsEnv = (awsPort: number): Record<string, string> => ({
  AWS_ENDPOINT_URL: `http://127.0.0.1:${awsPort}`,
  AWS_ACCESS_KEY_ID: "local",
  AWS_SECRET_ACCESS_KEY: "local",
  AWS_DEFAULT_REGION: region,
  AWS_REGION: region,
});

/** The parts of our own environment that a service needs; everything else is said in its specification. */
export function baseEnv(): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "USER"];
  return Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}
