/** Airflow 3 numbers the versions of a DAG; those of Airflow 2 are named after a digest, of which the beginning is enough to tell them apart. */
export const versionName = (version: string): string =>
  /^\d{1,9}$/.test(version) ? `Version ${version}` : version.length > 12 ? version.slice(0, 8) : version;
