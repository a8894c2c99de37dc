import { type Both, type Side, type SideTask, tasksOfBoth } from "./compare-sides";
import { durationText } from "./duration-text";
import type { ComparedThing, DefinitionPair, ParameterPair, ThingKind } from "./schemas/compare";

/** What is found when two runs are laid side by side; `about` holds the tasks that it concerns, null for the whole run. */
export type Found = Omit<ComparedThing, "explains" | "why"> & {
  about: string[] | null;
  /** Of what is measured: whether it became more; undefined where more and less mean nothing. */
  isMore?: boolean;
};

const dateText = /^\d{4}-\d{2}-\d{2}(T[\d:.+Z-]*)?$/;

export const same = (kind: ThingKind, title: string, value: string | null = null, of: string | null = null): Found => ({
  kind,
  title,
  of,
  before: value,
  now: value,
  difference: null,
  state: "same",
  about: null,
});
const unknown = (kind: ThingKind, title: string, of: string | null = null): Found => ({
  ...same(kind, title, null, of),
  state: "unknown",
});

/** `+95 %`, `−12 %`. */
export function change(before: number, now: number): string {
  if (before === 0) return now === 0 ? "0 %" : `+${grouped(now)}`;
  const share = Math.round(((now - before) / before) * 100);
  return share < 0 ? `−${-share} %` : `+${share} %`;
}

export const grouped = (value: number) => String(Math.trunc(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

const isDate = (json: string | null) => json === null || dateText.test(json.replace(/^"|"$/g, ""));

export function findParameters(pairs: ParameterPair[]): Found[] {
  const differing = pairs.filter(({ before, now }) => before !== now);
  const telling = differing.filter(({ before, now }) => !isDate(before) || !isDate(now));
  if (telling.length === 0)
    return [same("parameters", pairs.length === 0 ? "no parameters" : differing.length > 0 ? "parameters but the date" : "parameters")];
  return telling.map(({ name, before, now }) => ({
    kind: "parameters",
    title: "Parameter",
    of: name,
    before: before ?? "not given",
    now: now ?? "not given",
    difference: null,
    state: "differs",
    about: null,
  }));
}

/** One line for each distinct pair of values, naming the tasks that share it. */
export function byValue(kind: ThingKind, title: string, tasks: Both[], told: (both: Both) => [string | null, string | null]): Found[] {
  const known = tasks.flatMap((both) => {
    const [before, now] = told(both);
    return before === null || now === null ? [] : [{ taskId: both.taskId, before, now }];
  });
  const missing = tasks.length > 0 && known.length === 0;
  const groups = new Map<string, { before: string; now: string; taskIds: string[] }>();
  for (const { taskId, before, now } of known) {
    if (before === now) continue;
    const key = JSON.stringify([before, now]);
    const group = groups.get(key) ?? { before, now, taskIds: [] };
    group.taskIds.push(taskId);
    groups.set(key, group);
  }
  const differing: Found[] = [...groups.values()].map(({ before, now, taskIds }) => ({
    kind,
    title,
    of: namesOf(taskIds),
    before,
    now,
    difference: null,
    state: "differs",
    about: taskIds,
  }));
  if (differing.length > 0) return differing;
  if (missing) return [unknown(kind, title)];
  const values = new Set(known.map(({ now }) => now));
  return known.length === 0 ? [] : [same(kind, title, values.size === 1 ? ([...values][0] ?? null) : null)];
}

const namesOf = (taskIds: string[]) =>
  taskIds.length <= 3 ? taskIds.join(", ") : `${taskIds.slice(0, 2).join(", ")} and ${taskIds.length - 2} more`;

const gib = (mib: number) => `${Number((mib / 1024).toFixed(2))} GB`;

/** Each line is about the tasks that share it: of tasks whose size changed, whether they got more memory. */
export function findSizes(tasks: Both[]): Found[] {
  return byValue("size", "Size", tasks, ({ before, now }) => [sizeOf(before), sizeOf(now)]).map((found) => {
    const both = tasks.find(({ taskId }) => found.about?.includes(taskId));
    const [was, is] = [both?.before.container?.memoryMib ?? 0, both?.now.container?.memoryMib ?? 0];
    const [hadCpu, hasCpu] = [both?.before.container?.cpuUnits ?? 0, both?.now.container?.cpuUnits ?? 0];
    return found.state === "differs" ? { ...found, isMore: is > was || (is === was && hasCpu >= hadCpu) } : found;
  });
}

function sizeOf({ container }: SideTask): string | null {
  if (!container || container.cpuUnits === null || container.memoryMib === null) return null;
  const disk = container.ephemeralGib !== null && container.ephemeralGib !== 20 ? `, ${container.ephemeralGib} GB disk` : "";
  return `${container.cpuUnits / 1024} vCPU, ${gib(container.memoryMib)}${disk}`;
}

/** By digest; a container that never came to pull its image is told apart by the image's name. */
export function imagesOf({ before, now }: Both): [string | null, string | null] {
  const hasDigests = Boolean(before.container?.imageDigest && now.container?.imageDigest);
  const [was, is] = [before, now].map(({ container }) => {
    const name = container?.image?.split("/").at(-1)?.split("@")[0] ?? null;
    if (!hasDigests) return name;
    return `${name ?? "image"} ${container?.imageDigest?.replace(/^sha256:/, "").slice(0, 8)}`;
  });
  return [was ?? null, is ?? null];
}

/** Image and size have lines of their own. */
const ownLines = ["image", "image digest", "CPU", "memory", "ephemeral storage"];

export function findDefinitions(before: Side, now: Side, pairs: DefinitionPair[]): Found[] {
  const hasContainers = tasksOfBoth(before, now).some(({ before: first, now: second }) => first.container && second.container);
  if (!hasContainers) return [];
  if (pairs.length === 0) return [same("definition", "task definitions")];
  return pairs.flatMap((pair): Found[] => {
    if (pair.changes === null) return [unknown("definition", "Task definition", `${pair.before} and ${pair.now}`)];
    const others = pair.changes.filter(({ what }) => !ownLines.some((own) => what === own || what.endsWith(`: ${own}`)));
    return [
      {
        kind: "definition",
        title: "Task definition",
        of: pair.taskId,
        before: pair.before,
        now: pair.now,
        difference: others.length === 0 ? "nothing but the number, image or size" : others.map(({ what }) => what).join(", "),
        state: others.length === 0 ? "same" : "differs",
        about: [pair.taskId],
      },
    ];
  });
}

export function findGlue(tasks: Both[]): Found[] {
  const both = tasks.filter(({ before, now }) => before.glue && now.glue);
  if (both.length === 0) return [];
  const differing = both.flatMap(({ taskId, before, now }): Found[] =>
    [...new Set([...Object.keys(before.glue ?? {}), ...Object.keys(now.glue ?? {})])].flatMap((name): Found[] => {
      const [was, is] = [before.glue?.[name] ?? null, now.glue?.[name] ?? null];
      if (was === is || (isDate(was) && isDate(is))) return [];
      const about = [taskId];
      return [{ kind: "glue", title: `Glue ${name}`, of: taskId, before: was, now: is, difference: null, state: "differs", about }];
    }),
  );
  return differing.length > 0 ? differing : [same("glue", "Glue settings")];
}

export function findTasks(before: Side, now: Side): Found[] {
  const names = (side: Side) => new Set(side.tasks.map(({ taskId }) => taskId));
  const [then, today] = [names(before), names(now)];
  const added = [...today].filter((name) => !then.has(name));
  const removed = [...then].filter((name) => !today.has(name));
  if (added.length + removed.length === 0) return [same("tasks", `${today.size} ${today.size === 1 ? "task" : "tasks"}`)];
  return [
    {
      kind: "tasks",
      title: "Tasks",
      of: namesOf([...added, ...removed]),
      before: String(then.size),
      now: String(today.size),
      difference: [added.length > 0 && `${added.length} new`, removed.length > 0 && `${removed.length} gone`].filter(Boolean).join(", "),
      state: "differs",
      about: null,
    },
  ];
}

/** Airflow 3 counts versions; before, one is named after the digest of its code. */
export const versionText = (version: string) => (/^\d+$/.test(version) ? `version ${version}` : version.slice(0, 8));

export function findWhole(before: Side, now: Side): Found[] {
  const found: Found[] = [];
  const { codeVersion: was } = before;
  const { codeVersion: is } = now;
  if (was === null || is === null) found.push(unknown("code", "DAG version"));
  else if (was === is) found.push(same("code", "DAG", versionText(is)));
  else
    found.push({
      kind: "code",
      title: "Code",
      of: "of the DAG",
      before: versionText(was),
      now: versionText(is),
      difference: null,
      state: "differs",
      about: null,
    });
  if (before.type === now.type) found.push(same("trigger", "trigger", now.type));
  else found.push({ ...same("trigger", "Trigger"), before: before.type, now: now.type, state: "differs" });
  if (before.intervalMs !== null && now.intervalMs !== null && before.intervalMs !== now.intervalMs)
    found.push({
      ...same("interval", "Length of the data interval"),
      before: durationText(before.intervalMs),
      now: durationText(now.intervalMs),
      difference: change(before.intervalMs, now.intervalMs),
      state: "differs",
      isMore: now.intervalMs > before.intervalMs,
    });
  return found;
}

export const capacitiesOf = ({ before, now }: Both): [string | null, string | null] => [
  before.container?.capacity ?? null,
  now.container?.capacity ?? null,
];
