import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { runtimeVenvs, type VenvSpec } from "./python";
import { run } from "./run";
import { Fix } from "./steps";
import { takeTurn } from "./turn";

/** The version of the template of infra/aws; its lock lies with the DAGs, whose tools are locked against it. */
export const defaultAirflow = "3.2.1";
const oldest = [2, 7, 2] as const;
const newestMajor = 3;
const locksFolder = join("infra", "local", "airflow-versions");

/** @throws Fix when it is not the number of a version that Penstock reads */
export function requireAirflowVersion(version: string): string {
  const [major = 0, minor = 0, patch = 0] = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number) ?? [];
  const [oldestMajor, oldestMinor, oldestPatch] = oldest;
  const isTooOld =
    major < oldestMajor || (major === oldestMajor && (minor < oldestMinor || (minor === oldestMinor && patch < oldestPatch)));
  if (isTooOld || major > newestMajor) {
    throw new Fix(
      `${version} is no version of Airflow that runs here`,
      `Name one from ${oldest.join(".")} to ${newestMajor}.x, for example 2.11.2.`,
    );
  }
  return version;
}

export const majorOf = (version: string): 2 | 3 => (version.startsWith("2.") ? 2 : 3);
/** `2.11.2` → `2.11`. */
export const minorOf = (version: string) => version.split(".").slice(0, 2).join(".");

/** Versions whose locks are in the repository. */
export function lockedVersions(root: string): string[] {
  return [...readdirSync(join(root, locksFolder)), defaultAirflow].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}

/** The virtual environment of a version: by the repository's lock, else by one that is made now and kept in the cache. */
export async function airflowVenv(root: string, cache: string, uv: string, version: string): Promise<VenvSpec> {
  if (version === defaultAirflow) return runtimeVenvs.airflow;
  const committed = join(locksFolder, version, "airflow.lock");
  const lock = existsSync(join(root, committed)) ? committed : relative(root, await makeLock(cache, uv, version));
  return { name: `airflow-${version}`, lock };
}

/** What the DAGs' own tests need beside that Airflow. */
export async function dagTestsVenv(root: string, cache: string, uv: string, version: string): Promise<VenvSpec> {
  const { lock: airflowLock } = await airflowVenv(root, cache, uv, version);
  const folder = join(cache, "airflow-locks", version);
  const lock = join(folder, "dag-tests.lock");
  mkdirSync(folder, { recursive: true });
  const input = join(folder, "dag-tests.in");
  writeFileSync(input, `-r ${join(root, airflowLock)}\npytest==9.0.3\nmoto[ecs,glue,s3,secretsmanager]==5.2.5\n`);
  await compile(uv, input, lock, []);
  return { name: `airflow-${version}-dag-tests`, lock: relative(root, lock) };
}

const compile = (uv: string, input: string, lock: string, limits: string[]) =>
  run(
    [
      uv,
      "pip",
      "compile",
      input,
      ...limits,
      "--python-version",
      "3.11",
      "--generate-hashes",
      "--no-header",
      "--no-emit-index-url",
      "-o",
      lock,
    ],
    {
      env: { UV_HTTP_TIMEOUT: "120" },
    },
  );

/** Airflow's constraints file by another way: what was on the index on the day after the release was tested with it. */
async function makeLock(cache: string, uv: string, version: string): Promise<string> {
  const folder = join(cache, "airflow-locks", version);
  const lock = join(folder, "airflow.lock");
  const release = await takeTurn(`${folder}.making`);
  try {
    if (existsSync(lock)) return lock;
    mkdirSync(folder, { recursive: true });
    const probe = join(folder, "release.in");
    writeFileSync(probe, `apache-airflow==${version}\n`);
    const cutOff = dayAfter(await releaseDay(uv, version, probe));
    const input = join(folder, "airflow.in");
    const packages = [
      `apache-airflow==${version}`,
      "apache-airflow-providers-amazon[aiobotocore]",
      "apache-airflow-providers-postgres",
      "psycopg2-binary",
    ];
    writeFileSync(input, `# The cut-off of the lock is ${cutOff}.\n${packages.join("\n")}\n`);
    await compile(uv, input, lock, ["--exclude-newer", cutOff]);
    return lock;
  } finally {
    release();
  }
}

const dayMs = 86_400_000;
const dayOf = (day: number) => new Date(day * dayMs).toISOString().slice(0, 10);
const dayAfter = (day: string) => dayOf(Date.parse(day) / dayMs + 1);

/** The first day on which the version can be resolved, by bisection. @throws Fix when it never can */
async function releaseDay(uv: string, version: string, probe: string): Promise<string> {
  const isThere = (day: number) =>
    run([uv, "pip", "compile", "--quiet", "--no-deps", "--python-version", "3.11", "--exclude-newer", dayOf(day), probe]).then(
      () => true,
      () => false,
    );
  let before = Date.parse("2023-01-01") / dayMs;
  let from = Math.ceil(Date.now() / dayMs);
  if (!(await isThere(from)))
    throw new Fix(`the package index has no Airflow ${version}`, "See https://airflow.apache.org for its versions.");
  while (from - before > 1) {
    const middle = Math.floor((before + from) / 2);
    if (await isThere(middle)) from = middle;
    else before = middle;
  }
  return dayOf(from);
}
