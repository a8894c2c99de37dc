import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { canInstall, installDebian, isOnPath } from "./prerequisites";
import { run } from "./run";
import { Fix } from "./steps";
import { takeTurn } from "./turn";

/** uv makes the virtual environments from the lock files; this is the one place that names its version. */
const uvVersion = "0.13.9";
const pythonVersion = "3.11";

export interface Venv {
  python: string;
  bin: string;
}

export type VenvName = "airflow" | "extractor" | "glue" | "platform";

/** A virtual environment: its folder under the cache, and its lock from the repository's root. */
export interface VenvSpec {
  name: string;
  lock: string;
}

/** What runs on the platform. Their locks conflict with each other, hence four. */
export const runtimeVenvs: Record<VenvName, VenvSpec> = {
  airflow: { name: "airflow", lock: "dags/airflow.lock" },
  extractor: { name: "extractor", lock: "extractor/extractor.lock" },
  glue: { name: "glue", lock: "extractor/glue/glue.lock" },
  platform: { name: "platform", lock: "infra/local/aws/platform.lock" },
};

/** uv: the one on PATH when its version fits, else our own copy from the package index by pip. */
export async function findUv(cache: string): Promise<string> {
  if (isOnPath("uv") && (await run(["uv", "--version"])).includes(uvVersion)) return "uv";
  const folder = join(cache, `uv-${uvVersion}`);
  const uv = join(folder, "bin", "uv");
  if (existsSync(uv)) return uv;
  await requirePip();
  await run(["python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", folder, `uv==${uvVersion}`], {
    remedy: `python3 -m pip install uv==${uvVersion}`,
  });
  return uv;
}

async function requirePip(): Promise<void> {
  if (!isOnPath("python3"))
    throw new Fix("Python 3 is not installed", "apt-get install -y python3 python3-pip, or brew install python@3.11");
  const hasPip = await run(["python3", "-m", "pip", "--version"]).then(
    () => true,
    () => false,
  );
  if (hasPip) return;
  if (!canInstall()) throw new Fix("python3 has no pip, and uv is not on PATH", "sudo apt-get install -y python3-pip");
  await installDebian(["python3-pip"]);
}

const venvFolder = (cache: string, spec: VenvSpec) => join(cache, "venvs", spec.name);

/** Where an environment is or will be. */
export function venvAt(cache: string, spec: VenvSpec): Venv {
  const bin = join(venvFolder(cache, spec), "bin");
  return { python: join(bin, "python"), bin };
}

/** The virtual environment of a lock: made once, made again when the lock changes. */
export async function venv(root: string, cache: string, uv: string, spec: VenvSpec): Promise<Venv> {
  const lock = join(root, spec.lock);
  const folder = venvFolder(cache, spec);
  const made = venvAt(cache, spec);
  const digest = createHash("sha256").update(readFileSync(lock)).digest("hex");
  const marker = join(folder, "lock.sha256");
  const isCurrent = () => existsSync(marker) && readFileSync(marker, "utf8") === digest;
  if (isCurrent()) return made;
  const release = await takeTurn(`${folder}.making`);
  try {
    // Another start may have made it while this one waited.
    if (isCurrent()) return made;
    rmSync(folder, { recursive: true, force: true });
    await run([uv, "venv", "--quiet", "--python", pythonVersion, folder], {
      remedy: `Python ${pythonVersion} is needed: apt-get install -y python${pythonVersion} python${pythonVersion}-venv, or brew install python@${pythonVersion}`,
    });
    await run([uv, "pip", "sync", "--quiet", "--python", made.python, "--require-hashes", lock], { env: { UV_HTTP_TIMEOUT: "120" } });
    writeFileSync(marker, digest);
    return made;
  } finally {
    release();
  }
}
