import { Empty } from "@/components/ui/notice";
import { Scroller } from "@/components/ui/scroller";
import { type GivenParam, textOf } from "@/lib/given-params";

/** The run's parameters; what differs from its default carries a dot and says from what. */
export function GivenParams({ params, isKnown }: { params: GivenParam[]; isKnown: boolean }) {
  if (params.length === 0)
    return (
      <Empty title="Nothing.">
        {isKnown ? "The DAG has no parameters, and the run was given none." : "It was given none; which the DAG has is not known yet."}
      </Empty>
    );
  return (
    <Scroller label="Parameters of the run, scroll sideways">
      <table className="rows" aria-label="Parameters of the run">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Value</th>
            <th scope="col">Against its default</th>
          </tr>
        </thead>
        <tbody>
          {params.map((param) => (
            <tr key={param.name}>
              <td>
                <code>{param.name}</code>
                {param.description && <span className="two max-w-[44ch]">{param.description}</span>}
              </td>
              <td>
                <code className="[overflow-wrap:anywhere]">{textOf(param.value)}</code>
              </td>
              <td className="text-ink-2">{against(param)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroller>
  );
}

function against({ isChanged, isKnown, standard }: GivenParam) {
  if (standard === undefined) return isKnown ? "its default is not known" : "the DAG declares none of this name";
  if (!isChanged) return "the default";
  return (
    <span className="inline-flex items-baseline gap-1.5">
      <i className="size-1.5 shrink-0 self-center rounded-full bg-flow" />
      changed from <code className="[overflow-wrap:anywhere]">{textOf(standard)}</code>
    </span>
  );
}
