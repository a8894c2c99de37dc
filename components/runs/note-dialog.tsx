"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Dialog } from "radix-ui";
import { type FormEvent, useId, useState } from "react";
import { Notice } from "@/components/ui/notice";
import { count } from "@/lib/format/count";
import { sentences } from "@/lib/format/sentence";
import { ApiError } from "@/lib/queries/api";
import { attemptQueries } from "@/lib/queries/attempts";
import { runQueries, sendNote } from "@/lib/queries/runs";
import type { Note } from "@/lib/schemas/note";
import type { Problem } from "@/lib/schemas/problem";
import type { RunId } from "@/lib/schemas/run";
import { useUser } from "@/lib/session";

const mostCharacters = 2_000;

type NoteDialogProps = { run: RunId; attemptId: string | null; note?: Note; onClose: () => void };

/** Writes a note, or changes an own one. */
export function NoteDialog({ run, attemptId, note, onClose }: NoteDialogProps) {
  const user = useUser();
  const client = useQueryClient();
  const id = useId();
  const [opener] = useState(() => (document.activeElement instanceof HTMLElement ? document.activeElement : null));
  const [text, setText] = useState(note?.text ?? "");
  // However often the button is pressed or the network repeats, one note.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const isEmpty = text.trim() === "";

  const send = async (event: FormEvent) => {
    event.preventDefault();
    if (isSending || isEmpty) return;
    setSending(true);
    setProblem(null);
    try {
      await sendNote(run, attemptId, { text: text.trim(), ...(note && { id: note.id }) }, key);
      void client.invalidateQueries({ queryKey: runQueries.all });
      if (attemptId) void client.invalidateQueries({ queryKey: attemptQueries.detail(attemptId).queryKey });
      onClose();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
      // A refusal made nothing; without an answer it may have been written, and the same key finds that out.
      if (error.problem.status >= 400 && error.problem.status < 500) setKey(crypto.randomUUID());
      setSending(false);
    }
  };

  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-30 bg-[light-dark(rgb(11_17_19/.28),rgb(0_0_0/.55))]" />
        <Dialog.Content
          aria-describedby={undefined}
          onCloseAutoFocus={(event) => {
            event.preventDefault();
            opener?.focus();
          }}
          className="on-raised fixed inset-x-0 top-[12vh] z-40 mx-auto w-[min(560px,calc(100vw-32px))] rounded-panel bg-raised p-4 shadow-float outline-none desk:p-5"
        >
          <Dialog.Title className="mb-2.5 text-lead font-strong">
            {note ? "Change the note" : attemptId ? "Note on this attempt" : "Note on this run"}
          </Dialog.Title>
          {problem && (
            <Notice tone="fail" glyph="fail">
              <b>{sentences(problem.title)}</b> {sentences(problem.detail, problem.remedy)}
            </Notice>
          )}
          <form onSubmit={(event) => void send(event)} className="grid gap-2.5">
            <div className="field">
              <span className="lab">
                <label htmlFor={id}>What should the next person know?</label>
              </span>
              <textarea
                id={id}
                className="inp"
                rows={5}
                maxLength={mostCharacters}
                value={text}
                disabled={isSending}
                aria-describedby={`${id}-help`}
                onChange={(event) => setText(event.target.value)}
              />
              <p id={`${id}-help`} className="help">
                {count(mostCharacters - text.length)} characters left. As {user.name}; everybody who may see the run reads it.
              </p>
            </div>
            <div className="flex justify-end gap-2 max-desk:[&>*]:flex-1">
              <Dialog.Close className="btn">Cancel</Dialog.Close>
              <button type="submit" className="btn first" aria-disabled={isSending || isEmpty || undefined}>
                {isSending ? "Writing…" : note ? "Change it" : "Write it"}
              </button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
