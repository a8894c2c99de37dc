import type { ColumnChanges, TableColumn } from "./schemas/table";

const typeOf = ({ type, isNullable }: TableColumn) => (isNullable ? type : `${type} not null`);

/** What is different between two versions of a table; null when it is at most the order of the columns. */
export function columnChanges(before: TableColumn[], after: TableColumn[]): ColumnChanges | null {
  const old = new Map(before.map((column) => [column.name, typeOf(column)]));
  const names = new Set(after.map(({ name }) => name));
  const added = after.filter(({ name }) => !old.has(name)).map(({ name }) => name);
  const removed = before.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const retyped = after.flatMap((column) => {
    const from = old.get(column.name);
    const to = typeOf(column);
    return from === undefined || from === to ? [] : [{ name: column.name, from, to }];
  });
  return added.length + removed.length + retyped.length === 0 ? null : { added, removed, retyped };
}
