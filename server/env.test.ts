import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseEnv } from "./env";
import { AppError } from "./errors";

const folder = mkdtempSync(join(tmpdir(), "penstock-env-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const good = `environments:
  - name: prod
    region: eu-west-1
    mwaa: data-platform
    ecs: [ingestion]
    glue: ["sales_*"]
    warehouse: { url: env:WAREHOUSE_URL }
tables:
  - name: sales.orders
    loadedAt: loaded_at
    expect: { by: "08:00", zone: Europe/Madrid, days: working, calendar: ES, grace: 15m }
    warnAfter: 26h
`;

const variables = {
  DATABASE_URL: "postgresql://penstock:secret@db.example:5432/penstock",
  NEXTAUTH_SECRET: "0123456789abcdef0123456789abcdef",
  PENSTOCK_DEMO: "1",
  WAREHOUSE_URL: "postgresql://reader:secret@warehouse.example/warehouse",
};

function parse(text: string, changes: Record<string, string | undefined> = {}) {
  const file = join(folder, "penstock.yaml");
  writeFileSync(file, text);
  return parseEnv({ ...variables, PENSTOCK_CONFIG: file, ...changes });
}

function problem(text: string, changes: Record<string, string | undefined> = {}): string {
  try {
    parse(text, changes);
  } catch (error) {
    if (error instanceof AppError) return error.message.replaceAll(`${folder}/`, "");
    throw error;
  }
  throw new Error("it was accepted");
}

describe("penstock.yaml", () => {
  it("gives every value in our units, with references resolved", () => {
    const env = parse(good);
    expect(env.environments[0]).toMatchObject({ name: "prod", mwaa: "data-platform", warehouse: { url: variables.WAREHOUSE_URL } });
    expect(env.tables[0]).toMatchObject({
      name: "sales.orders",
      environment: "prod",
      expect: { by: "08:00", zone: "Europe/Madrid", days: "working", graceMs: 900_000 },
      warnAfterMs: 93_600_000,
      errorAfterMs: null,
    });
  });

  it.each([
    [
      "a wrong type",
      good.replace("region: eu-west-1", "region: 12"),
      "penstock.yaml line 3, environments[0].region: expected an AWS region such as eu-west-1; found 12",
    ],
    [
      "a missing key",
      good.replace("    mwaa: data-platform\n", ""),
      "penstock.yaml line 2, environments[0].mwaa: expected text such as data-platform, the MWAA environment's name; nothing is there",
    ],
    [
      "a misspelt key",
      good.replace("loadedAt:", "loaded_at:"),
      'penstock.yaml line 10, tables[0].loaded_at: expected no such key: remove it or correct its spelling; found "loaded_at"',
    ],
    [
      "a wrong duration",
      good.replace("26h", "26 hours"),
      'penstock.yaml line 12, tables[0].warnAfter: expected a duration such as 15m, 26h or 2d; found "26 hours"',
    ],
    [
      "an unknown zone",
      good.replace("Europe/Madrid", "Europe/Atlantis"),
      'penstock.yaml line 11, tables[0].expect.zone: expected an IANA time zone such as Europe/Madrid; found "Europe/Atlantis"',
    ],
    [
      "a time that YAML may read as a number",
      good.replace('"08:00"', "800"),
      'penstock.yaml line 11, tables[0].expect.by: expected a time of day in quotes such as "08:00"; found 800',
    ],
    [
      "a table of no environment",
      good.replace("    loadedAt", "    environment: dev\n    loadedAt"),
      'penstock.yaml line 10, tables[0].environment: expected one of prod; found "dev"',
    ],
  ])("names line, key and what was expected: %s", (_, text, message) => {
    expect(problem(text)).toBe(message);
  });

  it("asks for the environment of a table when there are two", () => {
    const two = good.replace("tables:", "  - { name: dev, region: eu-west-1, mwaa: dev }\ntables:");
    expect(problem(two)).toBe(
      "penstock.yaml line 10, tables[0].environment: expected one of prod, dev, as there is more than one environment; nothing is there",
    );
  });

  it("refuses one queue of events for two environments", () => {
    const shared = "https://sqs.eu-west-1.amazonaws.com/123456789012/penstock";
    const two = good
      .replace("tables:", `  - { name: dev, region: eu-west-1, mwaa: dev, events: "${shared}" }\ntables:`)
      .replace("- name: sales.orders", "- environment: prod\n    name: sales.orders")
      .replace("    ecs:", `    events: ${shared}\n    ecs:`);
    expect(problem(two)).toBe(
      `penstock.yaml line 9, environments[1].events: expected a queue of its own: whoever reads a message deletes it; found ${JSON.stringify(shared)}`,
    );
  });

  it("knows of a simulated company only when asked for it, and keeps its name for it", () => {
    expect(parse(good).sample).toBeNull();
    expect(parse(`${good}sample: true\n`).sample).toMatchObject({ kind: "sample", name: "sample", seed: "1", days: 120 });
    expect(parse(`${good}sample: { seed: 7, days: 30 }\n`)).toMatchObject({
      sample: { seed: "7", days: 30 },
      environments: [{ name: "prod" }],
    });
    const { environments, tables } = parse("sample: true\n");
    expect(environments).toEqual([]);
    expect(tables).toHaveLength(150);
    expect(tables.find(({ name }) => name === "sales.customers")).toEqual({
      name: "sales.customers",
      environment: "sample",
      expect: { by: "07:00", zone: "Europe/Madrid", days: "all", calendar: "ES", graceMs: 900_000 },
      producedBy: { dag: "erp_customers", task: "load" },
      warnAfterMs: null,
      errorAfterMs: null,
    });
    expect(problem(good.replace("name: prod", "name: sample"))).toBe(
      'penstock.yaml line 2, environments[0].name: expected another name: sample is the sample data\'s; found "sample"',
    );
    expect(problem(`${good}sample: maybe\n`)).toBe('penstock.yaml line 13, sample: expected true, false or { seed, days }; found "maybe"');
    expect(problem("publicUrl: https://penstock.example.com\n")).toBe(
      "penstock.yaml line 1, environments: expected at least one environment, or sample: true; nothing is there",
    );
  });

  it("reports every problem at once", () => {
    const text = good.replace("region: eu-west-1", "region: here").replace("26h", "soon");
    expect(
      problem(text)
        .split("\n")
        .map((line) => line.split(":")[0]),
    ).toEqual(["penstock.yaml line 3, environments[0].region", "penstock.yaml line 12, tables[0].warnAfter"]);
  });

  it("names a variable that is not set, and never prints a secret", () => {
    expect(problem(good, { WAREHOUSE_URL: undefined })).toBe(
      "penstock.yaml line 7, env:WAREHOUSE_URL: expected the environment variable WAREHOUSE_URL to be set; it is not",
    );
    expect(problem(good, { WAREHOUSE_URL: "mysql://reader:hunter2@host/db" })).not.toContain("hunter2");
  });

  it("says where the file is not YAML", () => {
    expect(problem("environments:\n  - name: [prod\n")).toMatch(/^penstock.yaml line [23]: not YAML: /);
  });
});

describe("a dbt sources.yml instead of tables", () => {
  const withDbt = `${good.split("tables:")[0]}dbt: { sources: sources.yml }\n`;
  const sources = (text: string) => writeFileSync(join(folder, "sources.yml"), text);

  it("means the same freshness", () => {
    sources(`sources:
  - name: shop
    schema: sales
    loaded_at_field: loaded_at
    freshness: { warn_after: { count: 26, period: hour }, error_after: { count: 2, period: day } }
    tables:
      - name: orders
      - { name: people, identifier: customers, freshness: null }
      - { name: lines, config: { loaded_at_field: updated_at, freshness: { warn_after: { count: 90, period: minute } } } }
`);
    expect(parse(withDbt).tables).toEqual([
      { name: "sales.orders", environment: "prod", loadedAt: "loaded_at", warnAfterMs: 93_600_000, errorAfterMs: 172_800_000 },
      { name: "sales.customers", environment: "prod", loadedAt: "loaded_at", warnAfterMs: null, errorAfterMs: null },
      { name: "sales.lines", environment: "prod", loadedAt: "updated_at", warnAfterMs: 5_400_000, errorAfterMs: null },
    ]);
  });

  it("is refused where it is wrong, and beside tables", () => {
    sources("sources:\n  - { name: shop, loaded_at_field: 'max(x)', tables: [{ name: orders }] }\n");
    expect(problem(withDbt)).toBe('sources.yml, shop.orders: expected loaded_at_field to be a column name; found "max(x)"');
    sources("sources: 3\n");
    expect(problem(withDbt)).toMatch(/^sources.yml, sources: expected a dbt sources file: /);
    expect(problem(`${good}dbt: { sources: sources.yml }\n`)).toMatch(
      /^penstock.yaml line 13, dbt: expected either tables or dbt, not both/,
    );
  });
});

describe("environment variables", () => {
  it.each([
    [
      "DATABASE_URL that is none",
      { DATABASE_URL: "mysql://db/penstock" },
      "DATABASE_URL: expected a PostgreSQL URL such as postgresql://user:password@host:5432/penstock",
    ],
    ["a port that is none", { PORT: "http" }, "PORT: expected a port such as 3000"],
    ["a short secret", { NEXTAUTH_SECRET: "short" }, "NEXTAUTH_SECRET: expected 32 or more random characters"],
    ["the demo beyond loopback", { HOSTNAME: "0.0.0.0" }, 'HOSTNAME: expected a loopback address while PENSTOCK_DEMO=1; found "0.0.0.0"'],
    [
      "no sign-in outside the demo",
      { PENSTOCK_DEMO: undefined },
      "penstock.yaml line 1, auth: expected auth.oidc and auth.groups; nothing is there and nobody could sign in",
    ],
  ])("refuses %s in one line", (_, changes, message) => {
    expect(problem(good, changes)).toBe(message);
  });

  it("names the configuration file that is not there", () => {
    expect(() => parseEnv({ ...variables, PENSTOCK_CONFIG: join(folder, "none.yaml") })).toThrow(
      /PENSTOCK_CONFIG: expected a readable file; .*none\.yaml does not exist/,
    );
  });

  it("accepts the example file as it is", () => {
    const env = parseEnv({
      ...variables,
      PENSTOCK_DEMO: undefined,
      PENSTOCK_CONFIG: "penstock.example.yaml",
      OIDC_CLIENT_SECRET: "a-secret",
    });
    expect(env.auth?.groups).toEqual({ analysts: "analyst", "data-engineers": "operator", platform: "admin" });
    expect(env.publicUrl).toBe("https://penstock.example.com");
  });
});
