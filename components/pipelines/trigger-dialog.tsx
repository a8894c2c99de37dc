"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { Dialog } from "radix-ui";
import { useId, useMemo, useState } from "react";
import { Glyph } from "@/components/ui/glyph";
import { Ghosts, Notice } from "@/components/ui/notice";
import { plural } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import { usd } from "@/lib/format/money";
import { paramForm, paramValues } from "@/lib/format/param-schema";
import { sentences } from "@/lib/format/sentence";
import { paths } from "@/lib/paths";
import { ApiError } from "@/lib/queries/api";
import { brokenBy } from "@/lib/queries/live";
import { pipelineQueries, sendTrigger } from "@/lib/queries/pipelines";
import { runQueries } from "@/lib/queries/runs";
import type { PipelineDetail } from "@/lib/schemas/pipeline";
import type { Problem } from "@/lib/schemas/problem";
import { useUser } from "@/lib/session";
import { ParamForm } from "./param-form";
import { expectedCost, TriggerEffect } from "./trigger-effect";

type TriggerDialogProps = { environment: string; pipeline: string; onClose: () => void };

/** The side panel that starts a run: its form, what it will do, and who answers for it. */
export function TriggerDialog({ environment, pipeline, onClose }: TriggerDialogProps) {
  const query = useQuery(pipelineQueries.detail(environment, pipeline));
  const broken = brokenBy(query);
  // Whoever opened it gets the focus back: it is no trigger of the dialog's own.
  const [opener] = useState(() => (document.activeElement instanceof HTMLElement ? document.activeElement : null));
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
          onOpenAutoFocus={(event) => {
            event.preventDefault();
            if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
          }}
          className="drawer on-raised fixed inset-y-0 right-0 z-40 flex w-[820px] max-w-full flex-col bg-raised shadow-float outline-none"
        >
          <header className="border-b border-line px-4 pt-3 pb-3 desk:px-6 desk:pt-4 desk:pb-3.5">
            <div className="mb-1 flex items-center gap-3 desk:mb-2">
              <Dialog.Title className="text-small text-ink-2">Trigger {pipeline}</Dialog.Title>
              <Dialog.Close className="icon ml-auto" aria-label="Close">
                <Glyph name="close" size={15} />
              </Dialog.Close>
            </div>
            <p className="text-[1.375rem]/7 font-answer tracking-[-.022em] text-balance">
              {query.data ? effectSentence(query.data) : broken ? "It cannot be started now." : "Reading its parameters…"}
            </p>
          </header>
          {query.data ? (
            <Body detail={query.data} onClose={onClose} />
          ) : broken ? (
            <div className="p-4 desk:p-6">
              <Notice tone="fail" glyph="lost">
                <b>{sentences(broken.title)}</b> {sentences(broken.detail, broken.remedy)}
              </Notice>
            </div>
          ) : (
            <Ghosts rows={6} label="Reading the parameters" className="pt-5" />
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function effectSentence(detail: PipelineDetail): string {
  const { medianDurationMs, tables } = detail.pipeline;
  const cost = expectedCost(detail);
  if (medianDurationMs === null && tables.length === 0) return "No good run yet: its time, cost and tables are not known.";
  const time = medianDurationMs === null ? "Nobody knows yet how long it takes" : `About ${duration(medianDurationMs)}`;
  const money = cost === null ? "" : ` and ${usd(cost)}`;
  return `${time}${money}. ${tables.length === 0 ? "Which tables it writes is not known yet." : `Writes ${plural(tables.length, "table")}.`}`;
}

function Body({ detail, onClose }: { detail: PipelineDetail; onClose: () => void }) {
  const { environment, pipeline } = detail.pipeline;
  const user = useUser();
  const router = useRouter();
  const client = useQueryClient();
  const formId = useId();
  const reasonId = useId();
  const form = useMemo(() => paramForm(detail.params ?? []), [detail.params]);
  const [values, setValues] = useState(form.values);
  const [reason, setReason] = useState("");
  // One key for the life of the form: however often the button is pressed or the network repeats, one run.
  const [key] = useState(() => crypto.randomUUID());
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const start = async (edited: Record<string, unknown>) => {
    if (isSending) return;
    setSending(true);
    setProblem(null);
    try {
      const { runId } = await sendTrigger(environment, pipeline, { params: paramValues(form, edited), reason: reason.trim() }, key);
      void client.invalidateQueries({ queryKey: runQueries.all });
      router.push(paths.run({ environment, pipeline, runId }));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      setProblem(error.problem);
      setSending(false);
    }
  };

  const refused = (problem?.fields ?? []).map(({ name, message }) => ({ name: name.replace(/^params[./]/, ""), message }));
  const reasonError = refused.find(({ name }) => name === "reason");
  return (
    <>
      <div className="flex min-h-0 flex-1 flex-col overflow-auto desk:grid desk:grid-cols-[minmax(0,1fr)_330px]">
        <div className="order-1 px-4 py-3.5 desk:order-none desk:px-6 desk:py-4">
          {problem && (
            <Notice tone="fail" glyph="fail">
              <b>{sentences(problem.title)}</b> {sentences(problem.detail, problem.remedy)}
            </Notice>
          )}
          {detail.params === null && (
            <Notice>
              <b>Its parameters are not known yet.</b> The run starts with the defaults of the DAG.
            </Notice>
          )}
          {detail.params?.length === 0 && <p className="mb-3 text-ink-2">This pipeline takes no parameters.</p>}
          <ParamForm
            id={formId}
            form={form}
            refused={refused.filter(({ name }) => name !== "reason")}
            isDisabled={isSending}
            values={values}
            onChange={setValues}
            onSubmit={(edited) => void start(edited)}
          />
        </div>
        <TriggerEffect detail={detail} />
      </div>
      <footer className="grid items-end gap-x-4 gap-y-2 border-t border-line px-4 pt-2.5 pb-3 desk:grid-cols-[minmax(0,1fr)_auto] desk:px-6 desk:pt-3 desk:pb-3.5">
        <div className="field">
          <span className="lab">
            <label htmlFor={reasonId}>Reason, kept in the record</label>
          </span>
          <input
            id={reasonId}
            className="inp"
            maxLength={500}
            value={reason}
            form={formId}
            disabled={isSending}
            aria-invalid={reasonError ? true : undefined}
            onChange={(event) => setReason(event.target.value)}
          />
        </div>
        <div className="flex gap-2 max-desk:[&>*]:flex-1">
          <button type="button" className="btn" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={formId} className="btn first" aria-disabled={isSending || undefined}>
            {isSending ? "Starting…" : "Start the run"}
          </button>
        </div>
        <p className="help desk:col-span-2">
          As {user.name}, {user.role}. A second press of the button starts nothing twice.
        </p>
      </footer>
    </>
  );
}
