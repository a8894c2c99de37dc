"use client";

import { useQueryClient } from "@tanstack/react-query";
import { Dialog } from "radix-ui";
import { type FormEvent, useId, useState } from "react";
import { CopyButton } from "@/components/ui/copy-button";
import { Notice } from "@/components/ui/notice";
import { sentences } from "@/lib/format/sentence";
import { paths } from "@/lib/paths";
import { ApiError } from "@/lib/queries/api";
import { removeView, sendView, viewQueries } from "@/lib/queries/views";
import type { Problem } from "@/lib/schemas/problem";
import type { SavedView } from "@/lib/schemas/saved-view";

const longest = 80;

type ViewDialogProps = { query: string; view: SavedView | undefined; own: SavedView[]; onClose: () => void };

/** Keeps a filter under a name, or changes one that is kept. A name that one has already stands for that view: it takes the new filter. */
export default function ViewDialog({ query, view, own, onClose }: ViewDialogProps) {
  const client = useQueryClient();
  const id = useId();
  const [opener] = useState(() => (document.activeElement instanceof HTMLElement ? document.activeElement : null));
  const [fresh] = useState(() => crypto.randomUUID());
  const [name, setName] = useState(view?.name ?? "");
  const [isShared, setShared] = useState(view?.isShared ?? false);
  const [isDefault, setDefault] = useState(view?.isDefault ?? false);
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const asked = name.trim();
  const replaced = own.find((each) => each.id !== view?.id && each.name.toLowerCase() === asked.toLowerCase());

  const attempt = async (work: () => Promise<unknown>) => {
    if (isSending) return;
    setSending(true);
    setProblem(null);
    try {
      await work();
      await client.invalidateQueries({ queryKey: viewQueries.list().queryKey });
      onClose();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
      setSending(false);
    }
  };
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (asked !== "") void attempt(() => sendView(view?.id ?? replaced?.id ?? fresh, { name: asked, query, isShared, isDefault }));
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
          className="on-raised fixed inset-x-0 top-[12vh] z-40 mx-auto w-[min(480px,calc(100vw-32px))] rounded-panel bg-raised p-4 shadow-float outline-none desk:p-5"
        >
          <Dialog.Title className="mb-2.5 text-lead font-strong">{view ? "Change this view" : "Save this view"}</Dialog.Title>
          {problem && (
            <Notice tone="fail" glyph="fail">
              <b>{sentences(problem.title)}</b> {sentences(problem.detail, problem.remedy)}
            </Notice>
          )}
          <form onSubmit={save} className="grid gap-3">
            <div className="field">
              <span className="lab">
                <label htmlFor={id}>Name</label>
              </span>
              <input id={id} className="inp" maxLength={longest} value={name} onChange={(event) => setName(event.target.value)} />
              {replaced && !view && <p className="help">Your view of this name takes the filter that is set now.</p>}
              {name.length >= longest && <p className="help">A name has at most {longest} characters.</p>}
            </div>
            <label className="flex min-h-6 items-center gap-2">
              <input type="checkbox" checked={isDefault} onChange={(event) => setDefault(event.target.checked)} /> Open it first when I go
              to Runs
            </label>
            <label className="flex min-h-6 items-center gap-2">
              <input type="checkbox" checked={isShared} onChange={(event) => setShared(event.target.checked)} /> Share it with everybody who
              may see the runs
            </label>
            {view?.isShared && (
              <div>
                <CopyButton text={() => `${location.origin}${paths.view(view.id)}`} label="Copy its address" />
              </div>
            )}
            <div className="flex flex-wrap justify-end gap-2 max-desk:[&>*]:flex-1">
              {view && (
                <button type="button" className="btn mr-auto" onClick={() => void attempt(() => removeView(view.id))}>
                  Delete it
                </button>
              )}
              <Dialog.Close className="btn">Cancel</Dialog.Close>
              <button type="submit" className="btn first" aria-disabled={isSending || asked === "" || undefined}>
                {isSending ? "Saving…" : "Save"}
              </button>
            </div>
          </form>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
