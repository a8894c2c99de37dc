import type { DefinitionChange } from "./schemas/attempt";
import type { ContainerDefinitionFact, TaskDefinitionFact } from "./schemas/facts";

/** What one attempt ran with: its revision, and what ECS says of the task itself. */
export interface RanWith {
  definition: Omit<TaskDefinitionFact, "name" | "registeredAt">;
  cpuUnits: number | null;
  memoryMib: number | null;
  ephemeralGib: number | null;
  imageDigest: string | null;
}

type Said = Map<string, string | null>;

const number = (value: number | null, unit: string) => (value === null ? null : `${value} ${unit}`);
const words = (list: string[]) => (list.length === 0 ? null : list.join(" "));

function sayContainer(said: Said, container: ContainerDefinitionFact, prefix: string): void {
  const say = (what: string, value: string | null) => said.set(`${prefix}${what}`, value);
  say("image", container.image);
  say("container CPU", number(container.cpuUnits, "units"));
  say("container memory", number(container.memoryMib, "MiB"));
  say("essential", container.isEssential ? "yes" : "no");
  say("entry point", words(container.entryPoint));
  say("command", words(container.command));
  for (const [name, value] of Object.entries(container.environment)) say(`variable ${name}`, value);
  for (const name of container.secretNames) say(`secret ${name}`, "set");
  say("log driver", container.logDriver);
  for (const [name, value] of Object.entries(container.logOptions)) say(`log option ${name}`, value);
}

/** Everything that is told of a revision, by a name that a reader understands; one container needs no name of its own. */
function sayAll({ definition, cpuUnits, memoryMib, ephemeralGib, imageDigest }: RanWith, hasNames: boolean): Said {
  const said: Said = new Map([
    ["image digest", imageDigest],
    ["CPU", number(cpuUnits ?? definition.cpuUnits, "units")],
    ["memory", number(memoryMib ?? definition.memoryMib, "MiB")],
    ["ephemeral storage", number(ephemeralGib ?? definition.ephemeralGib, "GiB")],
    ["architecture", definition.architecture],
    ["task role", definition.taskRole],
    ["execution role", definition.executionRole],
  ]);
  for (const container of definition.containers) sayContainer(said, container, hasNames ? `${container.name}: ` : "");
  return said;
}

/** Of the task itself: what one of two answers does not tell is no difference. */
const ofTask = ["image digest", "CPU", "memory", "ephemeral storage", "architecture"];

/** What differs between two attempts, in a steady order. */
export function definitionChanges(before: RanWith, now: RanWith): DefinitionChange[] {
  const hasNames = Math.max(before.definition.containers.length, now.definition.containers.length) > 1;
  const [old, young] = [sayAll(before, hasNames), sayAll(now, hasNames)];
  return [...new Set([...old.keys(), ...young.keys()])].flatMap((what) => {
    const change = { what, before: old.get(what) ?? null, now: young.get(what) ?? null };
    const isUntold = ofTask.includes(what) && (change.before === null || change.now === null);
    return change.before === change.now || isUntold ? [] : [change];
  });
}
