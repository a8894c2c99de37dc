"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { onDemand } from "@/components/ui/on-demand";
import { SelectChip } from "@/components/ui/select-chip";
import { viewQueries } from "@/lib/queries/views";
import { type Asked, askedNames, askedOf, sameView, viewQuery } from "@/lib/run-asked";
import type { RunPage } from "@/lib/schemas/run";

const ViewDialog = onDemand(() => import("./view-dialog").then((part) => part.default));

/** What all have. */
const builtIn = (counts: RunPage["counts"]) => [
  {
    word: "Needs attention",
    query: "show=attention",
    count: `${counts.failed + counts.overrunning + counts.queuedLong}${counts.isMore ? "+" : ""}`,
  },
  { word: "All", query: "show=all", count: null },
  { word: "Failed", query: "state=failed", count: null },
  { word: "Running", query: "state=running", count: `${counts.running}` },
  { word: "My runs", query: "who=me", count: null },
];

const mostChips = 4;

type RunViewsProps = {
  asked: Asked;
  counts: RunPage["counts"];
  onAsk: (change: Partial<Asked>) => void;
  /** A pointer or the keyboard has come to what would ask this. */
  onNear: (change: Partial<Asked>) => void;
};

/** A view takes the place of all filters. */
function changeTo(query: string): Partial<Asked> {
  const wanted = askedOf(Object.fromEntries(new URLSearchParams(query)));
  return Object.fromEntries(askedNames.filter((name) => name !== "environment").map((name) => [name, wanted[name]]));
}

/** The views that all have, one's own and those that others share: each is a filter under a name. */
export function RunViews({ asked, counts, onAsk, onNear }: RunViewsProps) {
  const [isSaving, setSaving] = useState(false);
  const { data } = useQuery(viewQueries.list());
  const views = data?.items ?? [];
  const own = views.filter(({ isOwn }) => isOwn);
  const chips = own.slice(0, mostChips);
  const others = views.filter((view) => !chips.includes(view));
  const current = views.find(({ query }) => sameView(query, asked));
  const open = (query: string) => onAsk(changeTo(query));
  const chip = (key: string, word: string, query: string, count: string | null = null) => (
    <button
      key={key}
      type="button"
      className="chip shrink-0"
      aria-pressed={sameView(query, asked)}
      title={word.length > 28 ? word : undefined}
      onPointerEnter={() => onNear(changeTo(query))}
      onFocus={() => onNear(changeTo(query))}
      onClick={() => open(query)}
    >
      <span className="max-w-[28ch] truncate">{word}</span> {count !== null && <b>{count}</b>}
    </button>
  );
  const isBuiltIn = builtIn(counts).some(({ query }) => sameView(query, asked));
  return (
    <>
      <fieldset className="scrollbar-none -mx-4 mb-1.5 flex min-w-0 gap-1.5 overflow-x-auto px-4 py-0.5 desk:mx-0 desk:flex-wrap desk:overflow-visible desk:px-0">
        <legend className="sr-only">Views</legend>
        {builtIn(counts).map(({ word, query, count }) => chip(word, word, query, count))}
        {chips.map(({ id, name, query }) => chip(id, name, query))}
        {others.length > 0 && (
          <SelectChip
            name="Saved views"
            value={others.find(({ query }) => sameView(query, asked))?.id ?? ""}
            options={[
              { value: "", label: "none" },
              ...others.map(({ id, name, isOwn, owner }) => ({
                value: id,
                label: isOwn ? name : `${name}, by ${owner}`,
                group: isOwn ? "Mine" : "Shared",
              })),
            ]}
            onChange={(id) => open(others.find((view) => view.id === id)?.query ?? "show=attention")}
          />
        )}
        {(!isBuiltIn || current) && (
          <button
            type="button"
            className="chip shrink-0 shadow-none underline underline-offset-3"
            onPointerEnter={ViewDialog.load}
            onClick={() => setSaving(true)}
          >
            {current?.isOwn ? "Change this view" : "Save this view"}
          </button>
        )}
      </fieldset>
      {isSaving && (
        <ViewDialog query={viewQuery(asked)} view={current?.isOwn ? current : undefined} own={own} onClose={() => setSaving(false)} />
      )}
    </>
  );
}
