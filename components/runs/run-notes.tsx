"use client";

import { useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { onDemand } from "@/components/ui/on-demand";
import { Time } from "@/components/ui/time";
import { isAllowed, whyNotAllowed } from "@/lib/permissions";
import type { Note } from "@/lib/schemas/note";
import type { RunId } from "@/lib/schemas/run";
import { useUser } from "@/lib/session";

const NoteDialog = onDemand(() => import("./note-dialog").then(({ NoteDialog: Dialog }) => Dialog));

/** Opens the form of a note; who may not write one reads why. `attemptId`: on that attempt rather than on the run. */
export function NoteButton({ run, attemptId }: { run: RunId; attemptId?: string }) {
  const user = useUser();
  const [isOpen, setOpen] = useState(false);
  const mayWrite = isAllowed(user.role, "run:note");
  return (
    <>
      <button
        type="button"
        className="btn"
        aria-disabled={!mayWrite || undefined}
        title={mayWrite ? undefined : whyNotAllowed("run:note")}
        onPointerEnter={NoteDialog.load}
        onClick={() => mayWrite && setOpen(true)}
      >
        <Glyph name="note" size={13} /> Note
        {!mayWrite && <span className="sr-only">. {whyNotAllowed("run:note")}.</span>}
      </button>
      {isOpen && <NoteDialog run={run} attemptId={attemptId ?? null} onClose={() => setOpen(false)} />}
    </>
  );
}

type NotesProps = {
  run: RunId;
  notes: Note[];
  airflowNote?: string | null;
  attempts?: { id: string; taskId: string; tryNumber: number }[];
};

/** What people wrote on a run and the given attempts of it; Airflow's own note is told as Airflow's. */
export function Notes({ run, notes, airflowNote, attempts = [] }: NotesProps) {
  if (notes.length === 0 && !airflowNote) return null;
  return (
    <section aria-label="Notes" className="mb-4">
      <ul className="grid gap-1.5">
        {airflowNote && (
          <li className="rounded-control bg-sunken px-3 py-1.5 [overflow-wrap:anywhere]">
            <span className="whitespace-pre-wrap">“{airflowNote}”</span> <span className="text-small text-ink-3">note in Airflow</span>
          </li>
        )}
        {notes.map((note) => (
          <NoteLine key={note.id} note={note} run={run} about={attempts.find(({ id }) => id === note.attemptId)} />
        ))}
      </ul>
    </section>
  );
}

type NoteLineProps = { note: Note; run: RunId; about: { taskId: string; tryNumber: number } | undefined };

function NoteLine({ note, run, about }: NoteLineProps) {
  const user = useUser();
  const [isChanging, setChanging] = useState(false);
  return (
    <li className="rounded-control bg-sunken px-3 py-1.5 [overflow-wrap:anywhere]">
      <span className="whitespace-pre-wrap">“{note.text}”</span>{" "}
      <span className="text-small text-ink-3">
        {note.author}, <Time at={note.writtenAt} />
        {about && (
          <>
            {" "}
            on <code>{about.taskId}</code>, try {about.tryNumber}
          </>
        )}
        {note.changedAt && (
          <>
            , changed <Time at={note.changedAt} />
          </>
        )}
      </span>
      {note.authorId === user.id && isAllowed(user.role, "run:note") && (
        <button type="button" className="ml-2 min-h-6 text-small text-flow max-desk:min-h-10" onClick={() => setChanging(true)}>
          Change<span className="sr-only"> the note “{note.text.slice(0, 60)}”</span>
        </button>
      )}
      {note.earlier.length > 0 && (
        <details className="text-small text-ink-2">
          <summary className="min-h-6 max-desk:min-h-10">What it said before</summary>
          <ol>
            {note.earlier.map(({ text, at }) => (
              <li key={at}>
                <Time at={at} className="text-ink-3" /> <span className="whitespace-pre-wrap">“{text}”</span>
              </li>
            ))}
          </ol>
        </details>
      )}
      {isChanging && <NoteDialog run={run} attemptId={note.attemptId} note={note} onClose={() => setChanging(false)} />}
    </li>
  );
}
