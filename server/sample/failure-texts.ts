import "server-only";
import { z } from "zod";
import { FailureClass } from "@/lib/schemas/attempt";
import { company } from "./company";
import data from "./failures.json";
import type { SimulatedRun, Try } from "./timeline";
import type { World } from "./world";

const Text = z.strictObject({
  messages: z.array(z.string()),
  exceptions: z.array(z.string()).optional(),
  system: z.string().optional(),
  remedy: z.string().optional(),
  containerReason: z.string().optional(),
  stoppedReason: z.string().optional(),
});
const texts = z.record(z.enum(["ecs", "glue", "python", "sensor"]), z.partialRecord(FailureClass, Text)).parse(data);

/** What the systems say of one failure. */
export interface Said {
  message: string | null;
  exception: string | null;
  system: string | null;
  remedy: string | null;
  containerReason: string | null;
  stoppedReason: string | null;
}

const silent: Said = { message: null, exception: null, system: null, remedy: null, containerReason: null, stoppedReason: null };

export function imageOf({ container }: Try): string {
  if (!container) return "";
  const { definition, revision } = container;
  return `${company.account}.dkr.ecr.${company.region}.amazonaws.com/${definition.repository}:${revision.imageTag}`;
}

/** Null where only Airflow has something to say, or nobody. */
export function saidOf(world: World, run: SimulatedRun, each: Try): Said {
  const { task } = each;
  const text = each.class && texts[task.kind === "mapped" ? "python" : task.kind][each.class];
  if (!text) return silent;
  const table = company.tables.find(({ pipeline }) => pipeline === run.pipeline.id)?.name.split(".")[1] ?? "rows";
  const fill = (template: string) =>
    template
      .replaceAll("{source}", task.source ?? "source")
      .replaceAll("{table}", table)
      .replaceAll("{image}", imageOf(each));
  const pick = (some: string[] = []) => {
    const found = isRenamed(run, each) ? some[0] : some[world.random.draw(`${each.key}|text`, Math.max(1, some.length))];
    return found === undefined ? null : fill(found);
  };
  return {
    message: pick(text.messages),
    exception: pick(text.exceptions),
    system: text.system ?? task.source ?? null,
    remedy: text.remedy ?? null,
    containerReason: text.containerReason ?? null,
    stoppedReason: text.stoppedReason ? fill(text.stoppedReason) : null,
  };
}

/** The CRM's renamed column is always named. */
const isRenamed = (run: SimulatedRun, { class: failure }: Try) => run.pipeline.id === "crm_contacts" && failure === "python_exception";
