import { apiPaths } from "@/lib/paths";
import { type Asked, filterOf } from "@/lib/run-asked";

/** Every run of the filter, not only this page, as a file. */
export function ExportLinks({ asked }: { asked: Asked }) {
  const { limit: _, ...filter } = filterOf({ ...asked, cursor: null, before: null });
  const href = (format: string) =>
    `${apiPaths.runExport}?${new URLSearchParams([...Object.entries(filter).map(([name, value]): [string, string] => [name, String(value)]), ["format", format]])}`;
  return (
    <span className="inline-flex gap-2 text-small">
      <a
        href={href("csv")}
        download
        className="grid min-h-10 min-w-10 place-items-center underline underline-offset-3 desk:min-h-6 desk:min-w-0"
        aria-label="Export these runs as CSV"
      >
        CSV
      </a>
      <a
        href={href("json")}
        download
        className="grid min-h-10 min-w-10 place-items-center underline underline-offset-3 desk:min-h-6 desk:min-w-0"
        aria-label="Export these runs as JSON"
      >
        JSON
      </a>
    </span>
  );
}
