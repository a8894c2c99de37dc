import { join } from "node:path";
import pg from "pg";
import { startEmbedded } from "@/server/ledger/embedded";
import { say } from "./steps";
import type { ServiceName, ServiceSpec } from "./supervisor";

export interface Database {
  spec: ServiceSpec;
  /** The superuser's URL of the first database. Known once the server has started for the first time. */
  url(): string;
}

/** A PostgreSQL server of its own, so that each can fail alone. `isDurable`: fsync on. */
export function database(options: { state: string; name: ServiceName; port: number; database: string; isDurable: boolean }): Database {
  let url: string | undefined;
  return {
    url() {
      if (url === undefined) throw new Error(`${options.name} has not been started yet`);
      return url;
    },
    spec: {
      name: options.name,
      port: options.port,
      async start(add) {
        const server = await startEmbedded({
          dataDir: join(options.state, "postgres", options.name),
          port: options.port,
          database: options.database,
          isDurable: options.isDurable,
          // Spark's writers, Airflow's workers and the tests meet here.
          settings: ["max_connections=200"],
          say: (line) => say(`  · ${options.name}: ${line}`),
        });
        url = server.url;
        add({
          name: options.name,
          pid: server.pid,
          exited: server.exited,
          stop: server.stop,
          async kill() {
            process.kill(server.pid, "SIGKILL");
            await server.exited;
          },
        });
      },
    },
  };
}

/** One connection for all of the work. */
export async function connected<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A login role with this password, and a database that it owns, made when absent. */
export async function requireDatabase(url: string, name: string, role: string, password: string): Promise<void> {
  await connected(url, async (client) => {
    const known = await client.query("select 1 from pg_roles where rolname = $1", [role]);
    if (known.rowCount === 0) await client.query(`create role ${pg.escapeIdentifier(role)} login`);
    await client.query(setPassword(role, password));
    const made = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (made.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)} owner ${pg.escapeIdentifier(role)}`);
  });
}

export const setPassword = (role: string, password: string) =>
  `alter role ${pg.escapeIdentifier(role)} password ${pg.escapeLiteral(password)}`;

/** The same server's URL with another database, and other credentials when given. */
export function urlOf(url: string, name: string, role?: { user: string; password: string }): string {
  const made = new URL(url);
  made.pathname = `/${name}`;
  if (role) {
    made.username = role.user;
    made.password = role.password;
  }
  return made.href;
}
