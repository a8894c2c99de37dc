import { Empty } from "@/components/ui/notice";
import { limitsOf } from "@/lib/format/param-schema";
import type { PipelineParam } from "@/lib/schemas/pipeline";

function kindOf({ schema, value }: PipelineParam): string {
  if (Array.isArray(schema.enum)) return `one of ${schema.enum.join(", ")}`;
  const type = [schema.type ?? (value === null ? "text" : typeof value)].flat().filter((each) => each !== "null");
  return [type.join(" or "), limitsOf(schema)].filter(Boolean).join(", ");
}

/** What a run can be given, with its default. */
export function PipelineParams({ params }: { params: PipelineParam[] | null }) {
  if (params === null)
    return <Empty title="Not known yet.">Airflow tells the parameters of a DAG within a minute of its first sight.</Empty>;
  if (params.length === 0) return <Empty title="None.">Every run of it does the same.</Empty>;
  return (
    <table className="rows" aria-label="Parameters">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Default</th>
          <th scope="col">Takes</th>
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
              <code>{JSON.stringify(param.value ?? null)}</code>
            </td>
            <td className="text-ink-2">{kindOf(param)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
