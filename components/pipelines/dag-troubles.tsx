import { Glyph } from "@/components/ui/glyph";
import { Notice } from "@/components/ui/notice";
import { Scroller } from "@/components/ui/scroller";
import { Ago } from "@/components/ui/time";
import { plural } from "@/lib/format/count";
import { sentences } from "@/lib/format/sentence";
import type { BrokenFile, ImportError, PipelineWarning } from "@/lib/schemas/structure";

type DagTroublesProps = { hasImportErrors: boolean; errors: ImportError[]; warnings: PipelineWarning[] };

/** What Airflow has against the file of a DAG: errors with their traceback, then warnings. */
export function DagTroubles({ hasImportErrors, errors, warnings }: DagTroublesProps) {
  return (
    <>
      {errors.map((error) => (
        <Broken key={error.file} error={error} what="Airflow cannot import its file." means="No new run starts until it is right again." />
      ))}
      {errors.length === 0 && hasImportErrors && (
        <Notice tone="fail" glyph="fail">
          <b>Airflow cannot import its file,</b> and has not said why yet. No new run starts until the file is right again.
        </Notice>
      )}
      {warnings.map(({ kind, text, at }) => (
        <Notice key={`${kind} ${text}`} tone="late" glyph="late">
          <b>Airflow warns</b> ({kind}
          {at && (
            <>
              , <Ago at={at} />
            </>
          )}
          ): {sentences(text)}
        </Notice>
      ))}
    </>
  );
}

const mostFiles = 5;

/** Files of which Airflow has no DAG, so that no pipeline tells of them. */
export function BrokenFiles({ files }: { files: BrokenFile[] }) {
  const rest = files.length - mostFiles;
  return (
    <>
      {files.slice(0, mostFiles).map((error) => (
        <Broken
          key={`${error.environment} ${error.file}`}
          error={error}
          what={`Airflow of ${error.environment} cannot import a file.`}
          means="None of its pipelines exists until it is right."
        />
      ))}
      {rest > 0 && (
        <Notice tone="fail" glyph="fail">
          <b>{plural(rest, "more file")}</b> cannot be imported.
        </Notice>
      )}
    </>
  );
}

type BrokenProps = { error: ImportError; what: string; means: string };

/** The last line of a traceback says what went wrong; the rest is one click away. */
function Broken({ error: { file, text, at }, what, means }: BrokenProps) {
  const lines = text.trimEnd().split("\n");
  const last = lines.at(-1)?.trim() ?? "";
  return (
    <div role="status" className="tone-fail mb-3 flex items-start gap-2 rounded-control bg-fail-wash px-3 py-[7px] text-small">
      <Glyph name="fail" className="mt-0.5 text-(--c)" />
      <div className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <p>
          <b>{what}</b> {means} <code>{file}</code>
          {at && (
            <>
              , <Ago at={at} />
            </>
          )}
        </p>
        <p className="font-mono text-fail-ink">{last}</p>
        {lines.length > 1 && (
          <details>
            <summary className="min-h-6 py-0.5">Whole traceback, {lines.length} lines</summary>
            <Scroller label={`Traceback of ${file}`}>
              <pre className="mt-1 rounded-control bg-surface p-2.5 font-mono text-small">{text}</pre>
            </Scroller>
          </details>
        )}
      </div>
    </div>
  );
}
