import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run";
import { Fix } from "./steps";

const javaVersion = 17;
const odbcPackages = ["unixodbc", "odbc-postgresql"];
/** Where the driver lies when unixODBC has it under no name. */
const driverFiles = ["/opt/homebrew/lib/psqlodbcw.so", "/usr/local/lib/psqlodbcw.so", "/usr/lib/psqlodbcw.so"];

export const isOnPath = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;

const isRoot = () => process.getuid?.() === 0;
const hasSudo = () => isOnPath("sudo") && spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0;

/** Whether Debian packages can be installed without a question. */
export const canInstall = () => isOnPath("apt-get") && (isRoot() || hasSudo());

/** Installs Debian packages as root or by passwordless sudo. */
export async function installDebian(packages: string[]): Promise<void> {
  const asRoot = isRoot() ? [] : ["sudo", "-n"];
  const apt = (...args: string[]) => run([...asRoot, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", ...args] as [string, ...string[]]);
  await apt("update", "-qq");
  await apt("install", "-y", "-qq", "--no-install-recommends", ...packages);
}

/** What `Driver=` of a connection string must say for PostgreSQL; installs the driver where that is possible without a question. */
export async function odbcDriver(): Promise<string> {
  const found = await findDriver();
  if (found) return found;
  if (process.platform === "darwin") throw new Fix("The PostgreSQL ODBC driver is not installed", "brew install unixodbc psqlodbc");
  if (!canInstall()) {
    throw new Fix(
      "The PostgreSQL ODBC driver is not installed",
      `sudo apt-get update && sudo apt-get install -y ${odbcPackages.join(" ")}`,
    );
  }
  await installDebian(odbcPackages);
  const installed = await findDriver();
  if (!installed) throw new Fix("The PostgreSQL ODBC driver was installed but unixODBC does not list it", "odbcinst -q -d");
  return installed;
}

async function findDriver(): Promise<string | undefined> {
  if (isOnPath("odbcinst")) {
    const listed = await run(["odbcinst", "-q", "-d"]).catch(() => "");
    for (const name of ["PostgreSQL Unicode", "PostgreSQL"]) if (listed.includes(`[${name}]`)) return `{${name}}`;
  }
  return driverFiles.find((file) => existsSync(file));
}

/** JAVA_HOME of a Java that Spark 3.5 runs on. */
export function javaHome(): string {
  const candidates = [process.env.JAVA_HOME, ...installedJavas()].filter((home) => home !== undefined);
  const home = candidates.find((each) => majorVersion(join(each, "bin", "java")) === javaVersion) ?? fromPath();
  if (home) return home;
  throw new Fix(
    `Java ${javaVersion} is not installed, and Spark needs it`,
    process.platform === "darwin" ? `brew install openjdk@${javaVersion}` : `sudo apt-get install -y openjdk-${javaVersion}-jre-headless`,
  );
}

function installedJavas(): string[] {
  const inFolder = (folder: string, suffix = "") =>
    existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name, suffix)) : [];
  return [
    ...inFolder("/usr/lib/jvm"),
    ...inFolder("/Library/Java/JavaVirtualMachines", "Contents/Home"),
    `/opt/homebrew/opt/openjdk@${javaVersion}`,
    `/usr/local/opt/openjdk@${javaVersion}`,
  ];
}

function fromPath(): string | undefined {
  if (majorVersion("java") !== javaVersion) return undefined;
  const settings = spawnSync("java", ["-XshowSettings:properties", "-version"], { encoding: "utf8" }).stderr;
  return /java\.home = (.+)/.exec(settings)?.[1]?.trim();
}

function majorVersion(java: string): number | null {
  const told = spawnSync(java, ["-version"], { encoding: "utf8" });
  const version = /version "(\d+)/.exec(told.stderr ?? "")?.[1];
  return told.status === 0 && version ? Number(version) : null;
}
