import type { PipelineParam } from "./schemas/pipeline";

/** What a run was given for one parameter. `isChanged`: other than its default; `isKnown`: the DAG declares it. */
export interface GivenParam {
  name: string;
  value: unknown;
  standard: unknown;
  isChanged: boolean;
  isKnown: boolean;
  description: string | null;
}

/** The parameters of the DAG with what the run's conf made of them, then what of the conf the DAG does not declare. Null: which ones it has is not known. */
export function givenParams(params: PipelineParam[] | null, conf: Record<string, unknown> | null): GivenParam[] {
  const given = conf ?? {};
  const declared = (params ?? []).map(({ name, value, description }): GivenParam => {
    const isGiven = Object.hasOwn(given, name);
    const used = isGiven ? given[name] : value;
    return { name, value: used, standard: value, isChanged: isGiven && textOf(used) !== textOf(value), isKnown: true, description };
  });
  const names = new Set(declared.map(({ name }) => name));
  const others = Object.entries(given)
    .filter(([name]) => !names.has(name))
    .map(
      ([name, value]): GivenParam => ({ name, value, standard: undefined, isChanged: false, isKnown: params === null, description: null }),
    );
  return [...declared, ...others];
}

/** A value as JSON, keys in order: equal values have equal texts. */
export function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, inner) =>
      inner !== null && typeof inner === "object" && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? "null"
  );
}
