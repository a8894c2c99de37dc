import { Glyph } from "@/components/ui/glyph";
import { Tip } from "@/components/ui/tip";
import { usd, usdExact } from "@/lib/format/money";
import { byCost } from "@/lib/run-cost";
import type { Attempt } from "@/lib/schemas/attempt";
import type { Cost, CostLine, CostTotal } from "@/lib/schemas/cost";

/** What one attempt cost, with its formula and inputs. What ran elsewhere and was never seen there has cost something that nobody knows. */
export function AttemptCost({ cost, kind, isOver }: { cost: Cost | null; kind: Attempt["kind"]; isOver: boolean }) {
  if (!cost && kind !== "airflow") return isOver ? <Unknown /> : <span className="text-ink-3">not metered yet</span>;
  if (!cost || cost.basis === "none") return <span className="text-ink-3">runs inside Airflow, no metered cost</span>;
  const amount =
    cost.usd === null ? (
      <Unknown />
    ) : (
      <span>
        <b>{usdExact(cost.usd)}</b> <span className="text-ink-3">{cost.isFinal ? "list price" : "so far"}</span>
      </span>
    );
  return (
    <Tip of={amount}>
      <b className="block">{cost.formula}</b>
      {cost.reason && <span className="mt-0.5 block text-ink-2">{cost.reason}</span>}
      {cost.lines.length > 0 && (
        <span className="mt-1.5 grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-1">
          {cost.lines.map((line) => (
            <Line key={line.what} line={line} />
          ))}
          <b className="border-t border-line pt-1">Total</b>
          <b className="border-t border-line pt-1 text-right">{usdExact(cost.usd)}</b>
        </span>
      )}
      {cost.priceList && (
        <span className="mt-1.5 block text-ink-3">
          List price of {cost.priceList.region}, {cost.priceList.asOf}.{" "}
          {cost.isFinal ? "Not compared with the bill." : "It is still running."}
        </span>
      )}
    </Tip>
  );
}

function Unknown() {
  return (
    <span className="inline-flex items-center gap-1.5 text-mute-ink">
      <Glyph name="unknown" size={13} /> price unknown
    </span>
  );
}

function Line({ line }: { line: CostLine }) {
  return (
    <>
      <span className="[overflow-wrap:anywhere]">
        {line.what}
        <span className="block text-micro text-ink-3">
          {line.quantity} {line.unit} × {line.rateUsd === null ? "unknown rate" : `$${line.rateUsd}`}
        </span>
      </span>
      <span className="text-right">{usdExact(line.usd)}</span>
    </>
  );
}

/** What a run cost so far, with the share of each attempt. */
/** A tip is no list. */
const mostShares = 12;

export function RunCost({ total, attempts, isOver }: { total: CostTotal; attempts: Attempt[]; isOver: boolean }) {
  const metered = byCost(attempts.filter(({ cost }) => cost !== null && cost.basis !== "none"));
  const rest =
    total.unknownCount > 0 ? `without ${total.unknownCount} price unknown` : !isOver ? "so far" : total.isEstimate ? "estimate" : "";
  if (total.usd === null) return <span className="text-mute-ink">{metered.length === 0 ? "nothing metered yet" : "price unknown"}</span>;
  return (
    <Tip
      of={
        <span>
          {total.unknownCount > 0 && "at least "}
          {usd(total.usd)} <span className="text-ink-3">{rest}</span>
        </span>
      }
    >
      <b className="block">Metered seconds × list price, per attempt</b>
      <span className="mt-1.5 grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 gap-y-0.5">
        {metered.slice(0, mostShares).map((attempt) => (
          <Share key={attempt.id} attempt={attempt} />
        ))}
        {metered.length > mostShares && <span className="col-span-2 text-ink-3">and more tries: the tab Cost lists them</span>}
        <b className="border-t border-line pt-1">Total</b>
        <b className="border-t border-line pt-1 text-right">{usdExact(total.usd)}</b>
      </span>
    </Tip>
  );
}

function Share({ attempt }: { attempt: Attempt }) {
  return (
    <>
      <span className="[overflow-wrap:anywhere]">
        {attempt.taskId}
        {attempt.tryNumber > 1 && `, try ${attempt.tryNumber}`}{" "}
        <span className="text-ink-3">{attempt.kind === "glue" ? "Glue" : "Fargate"}</span>
      </span>
      <span className="text-right">{usdExact(attempt.costUsd)}</span>
    </>
  );
}
