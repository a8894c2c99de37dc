"use client";

import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { parseAsString, useQueryState } from "nuqs";
import { useMemo, useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { Honesty } from "@/components/ui/honesty";
import { Empty, Ghosts } from "@/components/ui/notice";
import { count, plural } from "@/lib/format/count";
import { pendingRuns } from "@/lib/format/states";
import { type GridData, inPlace, newTo, readGrid, type ShownRow, shownRows } from "@/lib/grid-model";
import { gridQueries } from "@/lib/queries/grid";
import { brokenBy, useLive } from "@/lib/queries/live";
import type { PipelineGrid } from "@/lib/schemas/grid";
import { GridKey } from "./grid-key";
import { GridView } from "./grid-view";

/** More rows than this begin with their groups folded. */
const foldFrom = 200;

const isMoving = ({ runs }: PipelineGrid) => runs.some(({ state }) => pendingRuns.includes(state));

/** Tasks against the last runs. Live content changes in place; runs that come wait until they are taken in. */
export function TaskGrid({ environment, pipeline, isGone }: { environment: string; pipeline: string; isGone: boolean }) {
  const [before, setBefore] = useQueryState("before", parseAsString.withOptions({ scroll: false, history: "push" }));
  const query = useLive(gridQueries.grid(environment, pipeline, { before: before ?? undefined }), isMoving);
  const current = useMemo(() => (query.data ? readGrid(query.data) : undefined), [query.data]);
  if (!current || !query.data)
    return (
      <>
        <Honesty page="pipelines" answer={undefined} broken={brokenBy(query)} />
        <Ghosts rows={8} label="Reading its tasks" />
      </>
    );
  if (current.runs.length === 0)
    return (
      <Empty title="It has not run yet.">
        {isGone ? "Airflow has it no more, so no run will come." : "Its tasks appear here with its first run."}
      </Empty>
    );
  const listKey = `${environment} ${pipeline} ${before ?? ""}`;
  return (
    <HeldGrid
      key={listKey}
      environment={environment}
      pipeline={pipeline}
      current={current}
      before={before}
      olderCursor={query.data.olderCursor}
      onPage={(cursor) => void setBefore(cursor)}
    />
  );
}

type HeldProps = {
  environment: string;
  pipeline: string;
  current: GridData;
  before: string | null;
  olderCursor: string | null;
  onPage: (cursor: string | null) => void;
};

function HeldGrid({ environment, pipeline, current, before, olderCursor, onPage }: HeldProps) {
  const [held, setHeld] = useState(current);
  const [folded, setFolded] = useState<ReadonlySet<string>>(
    () => new Set(current.rows.length >= foldFrom ? current.groups.map(({ groupId }) => groupId) : []),
  );
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const data = useMemo(() => inPlace(held, current), [held, current]);
  const isNew = newTo(held, current);
  const instances = useQueries({
    queries: [...opened].map((task) => gridQueries.grid(environment, pipeline, { before: before ?? undefined, task })),
    combine: answersOf,
  });
  const rows = useMemo(() => {
    const read = new Map([...opened].map((task, at) => [task, instances[at]] as const));
    const cache = new Map<string, GridData>();
    return shownRows(data, folded, opened, (task) => {
      const answer = read.get(task);
      if (!answer) return undefined;
      const grid = cache.get(task) ?? alignedWith(data, readGrid(answer));
      cache.set(task, grid);
      return grid;
    });
  }, [data, folded, opened, instances]);
  const more = instances.reduce((sum, answer) => sum + (answer?.more ?? 0), 0);
  const toggle = (row: ShownRow) => {
    if (row.kind === "group") setFolded((old) => toggled(old, row.group.groupId));
    if (row.kind === "task" && row.isMapped) setOpened((old) => toggled(old, row.row.id));
  };
  const failed = data.runs.filter(({ state }) => state === "failed").length;
  const said = `${plural(data.rows.length, "task")} against ${plural(data.runs.length, "run")}, newest at the right; ${failed === 0 ? "no run" : plural(failed, "run")} failed`;
  const words = [isNew.runs > 0 && `+${plural(isNew.runs, "new run")}`, isNew.rows > 0 && `+${plural(isNew.rows, "new task")}`].filter(
    Boolean,
  );
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3.5 pb-2 text-small text-ink-3 desk:px-4">
        <span>
          {plural(data.rows.length, "task")}
          {data.groups.length > 0 && ` in ${plural(data.groups.length, "group")}`}, {plural(data.runs.length, "run")}, newest on the right
        </span>
        <span className="ml-auto flex flex-wrap items-center gap-2" aria-live="polite">
          {words.length > 0 && (
            <button type="button" className="chip" onClick={() => setHeld(current)}>
              <Glyph name="right" size={12} /> {words.join(", ")}
            </button>
          )}
          {data.groups.length > 0 && (
            <button
              type="button"
              className="chip"
              onClick={() => setFolded(new Set(folded.size > 0 ? [] : data.groups.map(({ groupId }) => groupId)))}
            >
              {folded.size > 0 ? "Open all groups" : "Fold all groups"}
            </button>
          )}
          {before !== null && (
            <button type="button" className="chip" onClick={() => onPage(null)}>
              Newest runs
            </button>
          )}
          {olderCursor !== null && (
            <button type="button" className="chip" onClick={() => onPage(olderCursor)}>
              Older runs
            </button>
          )}
        </span>
      </div>
      <GridView environment={environment} pipeline={pipeline} data={data} rows={rows} said={said} onToggle={toggle} />
      {more > 0 && (
        <p className="px-4 py-1 text-small text-late-ink">{count(more)} more instances are not shown here; the run has them all.</p>
      )}
      <GridKey />
    </>
  );
}

const answersOf = (results: UseQueryResult<PipelineGrid>[]) => results.map((result) => result.data);

/** Instances in the columns of the grid that they belong to. */
function alignedWith(grid: GridData, instances: GridData): GridData {
  return inPlace({ ...instances, runs: grid.runs, rows: instances.rows.map((row) => ({ ...row, stretches: [] })) }, instances);
}

function toggled(set: ReadonlySet<string>, id: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(id)) next.add(id);
  return next;
}
