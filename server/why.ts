import "server-only";
import { durationText } from "@/lib/duration-text";
import { describeFailure } from "@/lib/failures";
import { FailureClass } from "@/lib/schemas/attempt";
import type { TableSummary, WhyStep } from "@/lib/schemas/table";
import type { TableConfig } from "./env";
import { selectFirstFailures } from "./ledger/read/attempts";
import { selectRun, selectRunTotals } from "./ledger/read/runs";
import { usualOfPipelines } from "./usual";

/** "Why is it in this state?" from the deadline to the cause, each step with the link that shows it. */
export async function explainTable(table: TableSummary, config: TableConfig): Promise<WhyStep[]> {
  return [deadlineStep(table, config), ...(await runSteps(table)), evidenceStep(table)];
}

function deadlineStep(table: TableSummary, { expect }: TableConfig): WhyStep {
  const tone = { late: "late", failed: "fail", due_soon: "run", on_time: "ok", not_expected: "mute", unknown: "mute" } as const;
  const days = expect
    ? expect.days === "all"
      ? "every day"
      : expect.days === "working"
        ? `on working days${expect.calendar ? ` (${expect.calendar})` : ""}`
        : expect.days.join(", ")
    : "";
  const title = expect
    ? `Due by ${expect.by}, ${table.expectedZone ?? "UTC"}, ${days}`
    : table.expectedBy
      ? "Due by age"
      : "Nothing says when it is due";
  return { tone: tone[table.state], title, detail: table.reason };
}

async function runSteps(table: TableSummary): Promise<WhyStep[]> {
  if (!table.producedBy)
    return [{ tone: "mute", title: "No pipeline is named as its producer", detail: "Name one under producedBy in penstock.yaml." }];
  const pipeline = table.producedBy.pipeline;
  if (!table.lastRun)
    return [{ tone: "mute", title: `${pipeline} has not run yet`, detail: "No run of it is known.", link: { pipeline, runId: null } }];
  const id = { environment: table.environment, pipeline, runId: table.lastRun.runId };
  const link = { pipeline, runId: id.runId };
  const [run, failures, totalsOf, usualOf] = await Promise.all([
    selectRun(id),
    selectFirstFailures([id]),
    selectRunTotals([id]),
    usualOfPipelines([id]),
  ]);
  if (!run) return [];
  const usual = usualOf(id);
  const usually = usual === null ? "" : ` It usually takes ${durationText(usual.p50Ms)}.`;
  if (run.state === "running") {
    const totals = totalsOf(id);
    return [{ tone: "run", title: `${pipeline} is running`, detail: `${totals.done} of ${totals.total} tasks are done.${usually}`, link }];
  }
  if (run.state === "queued") return [{ tone: "run", title: `${pipeline} is queued`, detail: `It waits to start.${usually}`, link }];
  if (run.state === "success") {
    const took = run.startedAt && run.endedAt ? ` after ${durationText(run.endedAt.getTime() - run.startedAt.getTime())}` : "";
    return [{ tone: "ok", title: `The newest run of ${pipeline} succeeded${took}`, detail: `Run ${run.runId}.`, link }];
  }
  const [first] = failures;
  const failed: WhyStep = { tone: "fail", title: `The newest run of ${pipeline} failed`, detail: `Run ${run.runId}.${usually}`, link };
  if (!first) return [failed];
  const known = FailureClass.safeParse(first.failure?.class);
  const meaning = known.success ? describeFailure(known.data) : null;
  const cause: WhyStep = meaning
    ? { tone: "fail", title: `${first.attempt.taskId}: ${meaning.title}`, detail: meaning.advice, link }
    : { tone: "fail", title: `${first.attempt.taskId} failed`, detail: "Its log is being read.", link };
  return [failed, cause];
}

function evidenceStep(table: TableSummary): WhyStep {
  const read = table.evidence.tookMs === null ? "" : `, read in ${table.evidence.tookMs} ms`;
  return {
    tone: table.state === "unknown" ? "late" : "mute",
    title: "Evidence",
    detail: `${table.evidence.description.replace(/\.$/, "")}${read}.`,
  };
}
