import Link from "next/link";
import { Scroller } from "@/components/ui/scroller";
import { State } from "@/components/ui/state";
import { cn } from "@/lib/cn";
import { count, percent } from "@/lib/format/count";
import { duration } from "@/lib/format/duration";
import { usdExact } from "@/lib/format/money";
import { attemptSaid } from "@/lib/format/states";
import { isPending, taskName } from "@/lib/format/task-timeline";
import { paths } from "@/lib/paths";
import { isLost, isMetered, type RunCostSums } from "@/lib/run-cost";
import type { Attempt } from "@/lib/schemas/attempt";
import type { RunId } from "@/lib/schemas/run";
import { AttemptCost } from "./cost";

const where: Record<Attempt["kind"], string> = { ecs: "Fargate", glue: "Glue", airflow: "Airflow" };
/** More rows than a person reads; the dearest are the first. */
const mostRows = 200;

type RunCostRowsProps = { run: RunId; attempts: Attempt[]; sums: RunCostSums; isPart: boolean };

/** What each try cost, with its share of the known sum; hatched while it is still counting. `isPart`: not every try of the mapped tasks is among them. */
export function RunCostRows({ run, attempts, sums, isPart }: RunCostRowsProps) {
  const rest = attempts.length - mostRows;
  const unlisted = sums.metered - attempts.slice(0, mostRows).filter(isMetered).length;
  return (
    <>
      <Scroller label="Cost of each try, scrolls sideways">
        <table className="rows" aria-label="Cost of each try">
          <thead>
            <tr>
              <th scope="col">Task</th>
              <th scope="col">State</th>
              <th scope="col">Ran on</th>
              <th scope="col" className="num">
                Metered
              </th>
              <th scope="col">Share</th>
              <th scope="col">Cost</th>
            </tr>
          </thead>
          <tbody>
            {attempts.slice(0, mostRows).map((attempt) => (
              <tr key={attempt.id}>
                <td>
                  <Link
                    href={paths.attempt(run, attempt.taskId, attempt.tryNumber, attempt.mapIndex)}
                    prefetch={false}
                    className="block max-w-[36ch] truncate font-[500]"
                    title={taskName(attempt)}
                  >
                    {taskName(attempt)}
                  </Link>
                  <span className="two">
                    try {attempt.tryNumber}
                    {isLost(attempt) && ", lost"}
                  </span>
                </td>
                <td>
                  <State {...attemptSaid[attempt.state]} />
                </td>
                <td className="text-ink-2">{where[attempt.kind]}</td>
                <td className="num">
                  {attempt.cost?.seconds == null ? <span className="text-ink-3">–</span> : duration(attempt.cost.seconds * 1_000)}
                </td>
                <td>
                  <Share usd={attempt.costUsd} of={sums.usd} isLost={isLost(attempt)} isOpen={isPending(attempt)} />
                </td>
                <td className="whitespace-nowrap">
                  <AttemptCost cost={attempt.cost} kind={attempt.kind} isOver={!isPending(attempt)} />
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <td colSpan={5} className="font-strong">
                {sums.unknown > 0 ? "Total of what is known" : "Total"}
              </td>
              <td className="font-strong">{sums.usd === null ? "price unknown" : usdExact(sums.usd)}</td>
            </tr>
          </tfoot>
        </table>
      </Scroller>
      {isPart && unlisted > 0 && (
        <p className="px-3.5 py-2.5 text-small text-ink-2 desk:px-4">
          {count(unlisted)} further metered tries of mapped tasks are not listed; the total has them.
        </p>
      )}
      {!isPart && rest > 0 && (
        <p className="px-3.5 py-2.5 text-small text-ink-2 desk:px-4">{rest} cheaper tries are not listed; the total has them.</p>
      )}
    </>
  );
}

/** A float is exact enough for a width and for its words. */
function Share({ usd, of, isLost: lost, isOpen }: { usd: string | null; of: string | null; isLost: boolean; isOpen: boolean }) {
  const share = usd === null || of === null || Number(of) === 0 ? 0 : Number(usd) / Number(of);
  const said = share === 0 ? "none of what is known" : share < 0.001 ? "less than 0.1 %" : percent(share);
  return (
    <span className="block h-[7px] w-[120px] rounded-cell bg-sunken" role="img" aria-label={said}>
      {share > 0 && (
        <i
          className={cn("block h-full min-w-0.5 rounded-cell", lost ? "bg-fail-mark" : "bg-ok-mark", isOpen && "opacity-60")}
          style={{ width: `${share * 100}%` }}
        />
      )}
    </span>
  );
}
