import "server-only";
import type { TableSchemaFact } from "@/lib/schemas/facts";
import type { TableColumn } from "@/lib/schemas/table";
import { company } from "./company";
import type { World } from "./world";

const notNull = " not null";

function column(text: string): TableColumn {
  const [name = "", ...type] = text.replace(notNull, "").split(" ");
  return { name, type: type.join(" "), isNullable: !text.endsWith(notNull) };
}

const singular = (name: string) =>
  name
    .replace(/ies$/, "y")
    .replace(/sses$/, "ss")
    .replace(/(?<!s)s$/, "");

/** The first of a name stands. */
function columnsOf(table: string, own: string[]): TableColumn[] {
  const [schema = "", name = ""] = table.split(".");
  const { last, schemas } = company.columns;
  const key = schema.startsWith("mart_") ? [] : [`${singular(name)}_id bigint${notNull}`];
  const columns = [...key, ...(schemas[schema] ?? []), ...own, ...last].map(column);
  return columns.filter((each, index) => columns.findIndex(({ name: known }) => known === each.name) === index);
}

/** The versions of all tables up to `now`; the first is as old as the history. */
export function schemaFacts(world: World, now: number): TableSchemaFact[] {
  const facts = company.tables.flatMap(({ name: tableName }) => {
    const change = company.schemaVersions.find(({ table }) => table === tableName);
    const first = { tableName, columns: columnsOf(tableName, change?.before ?? []), since: new Date(world.instant(-1)) };
    if (!change) return [first];
    return [first, { tableName, columns: columnsOf(tableName, change.after), since: new Date(world.instant(change.day, change.at)) }];
  });
  return facts.filter(({ since }) => since.getTime() <= now);
}
