import { hostname } from "node:os";

export interface Places {
  /** The repository, and the folder of the recorded platform. */
  root: string;
  state: string;
}

const home = "/usr/local/airflow";
const secretFields: Record<string, string> = { file_token: "file-token", unixname: "airflow", pid: "1" };
const randomIds =
  /\bjr_[0-9a-f]{64}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b|(?<=:task\/[\w-]+\/)[0-9a-f]{32}\b/g;

/**
 * Takes out of an answer what belongs to the machine that it was recorded on: paths, host names, ports, signed tokens. Random ids become numbered
 * ones of the same form, the same for one `scrubber`, so that what refers to one another still does.
 */
export function scrubber({ root, state }: Places): <T>(value: T) => T {
  const numbered = new Map<string, string>();
  const renamed = (random: string) => {
    const known = numbered.get(random);
    if (known) return known;
    const number = (numbered.size + 1).toString(16);
    const isGlue = random.startsWith("jr_");
    const digits = number.padStart(isGlue ? 64 : 32, "0");
    const made = isGlue
      ? `jr_${digits}`
      : random.includes("-")
        ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
        : digits;
    numbered.set(random, made);
    return made;
  };
  const text = (value: string) =>
    value
      .replaceAll(`${state}/dags`, `${home}/dags`)
      .replaceAll(`${root}/infra/local/recorder/dags`, `${home}/dags`)
      .replaceAll(`${root}/dags`, `${home}/dags`)
      .replaceAll(state, home)
      .replaceAll(root, home)
      .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1")
      .replaceAll(randomIds, renamed);
  const scrub = (value: unknown, field: string): unknown => {
    if (value === null || value === undefined) return value;
    if (field in secretFields) return typeof value === "number" ? Number(secretFields[field]) : secretFields[field];
    if (field === "hostname" && value !== "") return "worker";
    if (typeof value === "string") return value === hostname() ? "worker" : text(value);
    if (Array.isArray(value)) return value.map((each) => scrub(each, field));
    if (typeof value === "object") return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, scrub(each, name)]));
    return value;
  };
  return <T>(value: T) => scrub(value, "") as T;
}
