import { Glyph, type GlyphName } from "@/components/ui/glyph";
import { NextStep } from "@/components/ui/next-step";
import { toneClass } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { paths } from "@/lib/paths";
import type { WhyStep } from "@/lib/schemas/table";

const glyphOf: Record<WhyStep["tone"], GlyphName> = { ok: "ok", run: "run", late: "late", fail: "fail", mute: "note" };

/** Why a table is as it is, from its deadline to the cause; each step that has a run leads to it. */
export function WhyChain({ steps, environment }: { steps: WhyStep[]; environment: string }) {
  return (
    <ol className="chain px-3.5 pt-0.5 pb-3.5 desk:px-4">
      {steps.map((step) => (
        <li key={`${step.title} ${step.detail}`} className={toneClass[step.tone]}>
          <Glyph name={glyphOf[step.tone]} size={15} />
          <b className="block">{step.title}</b>
          <span className={cn("text-ink-2 [overflow-wrap:anywhere]")}>{step.detail}</span>
          {step.link && (
            <span className="block">
              <NextStep
                href={
                  step.link.runId
                    ? paths.run({ environment, pipeline: step.link.pipeline, runId: step.link.runId })
                    : paths.pipeline(environment, step.link.pipeline)
                }
              >
                {step.link.runId ? `The run of ${step.link.pipeline}` : step.link.pipeline}
              </NextStep>
            </span>
          )}
        </li>
      ))}
    </ol>
  );
}
