"use client";

import { parseAsInteger, parseAsString, useQueryStates } from "nuqs";
import { ChangedCode } from "@/components/pipelines/changed-code";
import { CodeView } from "@/components/pipelines/code-view";
import { VersionRows } from "@/components/pipelines/version-rows";
import { CopyButton } from "@/components/ui/copy-button";
import { Empty, Ghosts, Unreadable } from "@/components/ui/notice";
import { SelectChip } from "@/components/ui/select-chip";
import { sentences } from "@/lib/format/sentence";
import { versionName } from "@/lib/format/version";
import { brokenBy, useLive } from "@/lib/queries/live";
import { pipelineQueries } from "@/lib/queries/pipelines";
import type { PipelineDetail } from "@/lib/schemas/pipeline";
import type { PipelineStructure } from "@/lib/schemas/structure";

const inUrl = { version: parseAsString, with: parseAsString, line: parseAsInteger };

/** The file of one version, or what changed in it since another. */
export function CodeTab({ detail: { pipeline, runs } }: { detail: PipelineDetail }) {
  const { environment, pipeline: name } = pipeline;
  const [asked, ask] = useQueryStates(inUrl, { scroll: false });
  const query = useLive(pipelineQueries.structure(environment, name, asked.version ?? undefined));
  const broken = brokenBy(query);
  const structure = query.data;
  if (!structure) return broken ? <Unreadable what="Its code" problem={broken} /> : <Ghosts rows={10} label="Reading its code" />;
  const { versions } = structure;
  const options = versions.map(({ version, isCurrent }) => ({
    value: version,
    label: `${versionName(version)}${isCurrent ? ", current" : ""}`,
  }));
  const before = versions.some(({ version }) => version === asked.with) && asked.with !== structure.version ? asked.with : null;
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 px-3.5 pb-2 desk:px-4">
        {structure.version !== null && (
          <SelectChip
            name="Version"
            value={structure.version}
            options={options}
            onChange={(version) =>
              void ask({ version: versions.find((each) => each.version === version)?.isCurrent ? null : version, line: null })
            }
          />
        )}
        {versions.length > 1 && (
          <SelectChip
            name="Against"
            value={before ?? ""}
            options={[{ value: "", label: "none" }, ...options.filter(({ value }) => value !== structure.version)]}
            onChange={(version) => void ask({ with: version || null, line: null })}
          />
        )}
        {structure.code !== null && before === null && (
          <>
            <GoToLine key={asked.line} line={asked.line} last={structure.code.split("\n").length} onLine={(line) => void ask({ line })} />
            <CopyButton text={structure.code} label="Copy" />
          </>
        )}
      </div>
      {before === null ? (
        <Code name={name} structure={structure} line={asked.line} onLine={(line) => void ask({ line })} />
      ) : (
        <ChangedCode pipeline={pipeline} before={before} now={structure.version ?? ""} />
      )}
      {versions.length > 0 && (
        <section aria-labelledby="versions" className="border-t border-line pt-2.5 pb-1">
          <h3 id="versions" className="px-3.5 pb-1 font-strong desk:px-4">
            Versions <span className="text-small font-text text-ink-3">newest first</span>
          </h3>
          <VersionRows versions={versions} runs={runs} onCompare={(version, other) => void ask({ version, with: other, line: null })} />
        </section>
      )}
    </>
  );
}

type CodeProps = { name: string; structure: PipelineStructure; line: number | null; onLine: (line: number | null) => void };

function Code({ name, structure: { code, codeReason }, line, onLine }: CodeProps) {
  if (code === null) return <Empty title="Its code is not here.">{sentences(codeReason)}</Empty>;
  return <CodeView code={code} label={`File of ${name}`} line={line} onLine={onLine} />;
}

function GoToLine({ line, last, onLine }: { line: number | null; last: number; onLine: (line: number | null) => void }) {
  return (
    <form
      className="contents"
      onSubmit={(event) => {
        event.preventDefault();
        const asked = Number(new FormData(event.currentTarget).get("line"));
        onLine(Number.isInteger(asked) && asked >= 1 && asked <= last ? asked : null);
      }}
    >
      <label className="flex items-center gap-1.5 text-small text-ink-3">
        Line
        <input
          name="line"
          inputMode="numeric"
          pattern="[0-9]*"
          defaultValue={line ?? ""}
          className="h-10 w-16 rounded-control bg-surface px-2 text-base text-ink shadow-[inset_0_0_0_1px_var(--color-control)] desk:h-[26px]"
        />
      </label>
    </form>
  );
}
