import "server-only";
import { parse } from "yaml";
import { z } from "zod";
import type { ConfigFile } from "./config-schema";
import { AppError } from "./errors";

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const Limit = z.object({ count: z.int().positive(), period: z.enum(["minute", "hour", "day"]) }).nullish();
const Freshness = z.object({ warn_after: Limit, error_after: Limit }).nullable();
/** dbt 1.9 and later put these under `config`; both places count, the inner one first. */
const settings = { loaded_at_field: z.string().optional(), freshness: Freshness.optional() };
const Settings = z.object({ ...settings, config: z.object(settings).optional() });
const SourcesFile = z.object({
  sources: z.array(
    Settings.extend({
      name: z.string(),
      schema: z.string().optional(),
      tables: z.array(Settings.extend({ name: z.string(), identifier: z.string().optional() })).default([]),
    }),
  ),
});

const column = /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/;

type Given = z.infer<typeof Settings>;
const loadedAtOf = (given: Given) => given.config?.loaded_at_field ?? given.loaded_at_field;
const freshnessOf = (given: Given) => (given.config?.freshness === undefined ? given.freshness : given.config.freshness);
const toMs = (limit: z.infer<typeof Limit>) => (limit ? limit.count * unitMs[limit.period] : null);

/**
 * The tables of a dbt `sources.yml`, with its `loaded_at_field`, `warn_after` and `error_after` in our terms; a table inherits from its source.
 * @throws AppError `invalid` that names file, table and what was expected
 */
export function parseDbtSources(file: string, text: string): ConfigFile["tables"] {
  const fail = (where: string, expected: string) =>
    new AppError("invalid", `${file}, ${where}: expected ${expected}`, {
      system: "configuration",
      remedy: `Correct ${file} and start again.`,
    });
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (error) {
    throw fail("the file", `YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const parsed = SourcesFile.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw fail(issue?.path.join(".") || "the file", `a dbt sources file: ${issue?.message ?? "it is none"}`);
  }
  return parsed.data.sources.flatMap((source) =>
    source.tables.map((table) => {
      const name = `${source.schema ?? source.name}.${table.identifier ?? table.name}`;
      const loadedAt = loadedAtOf(table) ?? loadedAtOf(source);
      if (loadedAt !== undefined && !column.test(loadedAt))
        throw fail(name, `loaded_at_field to be a column name; found ${JSON.stringify(loadedAt)}`);
      const own = freshnessOf(table);
      const freshness = own === undefined ? freshnessOf(source) : own;
      return { name, loadedAt, warnAfterMs: toMs(freshness?.warn_after), errorAfterMs: toMs(freshness?.error_after) };
    }),
  );
}
