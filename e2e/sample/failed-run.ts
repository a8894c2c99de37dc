import { RunComparison } from "@/lib/schemas/compare";
import { type Run, RunPage } from "@/lib/schemas/run";
import { sampleEnvironment } from "@/lib/schemas/sample";
import { call } from "../api";

const pathOf = ({ pipeline, runId }: Run) => `/api/runs/${sampleEnvironment}/${encodeURIComponent(pipeline)}/${encodeURIComponent(runId)}`;

/** The newest run that ran out of memory and whose comparison with the last good run explains it. */
export async function explainedFailure(): Promise<{ run: Run; comparison: RunComparison }> {
  for (let cursor = ""; ; ) {
    const page = RunPage.parse(
      await (
        await call("viewer", `/api/runs?environment=${sampleEnvironment}&state=failed&limit=100${cursor && `&cursor=${cursor}`}`)
      ).json(),
    );
    for (const run of page.items.filter(({ failure }) => failure?.class === "out_of_memory")) {
      const comparison = RunComparison.parse(await (await call("viewer", `${pathOf(run)}/compare`)).json());
      const hasBoth = comparison.tasks.some(({ taskId, before, now }) => taskId === run.failure?.taskId && before && now);
      if (hasBoth && comparison.things.some(({ explains }) => explains === "yes")) return { run, comparison };
    }
    if (page.nextCursor === null) throw new Error("no run of the sample ran out of memory for a reason that is recorded");
    cursor = encodeURIComponent(page.nextCursor);
  }
}
