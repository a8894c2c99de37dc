import {
  byValue,
  capacitiesOf,
  type Found,
  findDefinitions,
  findGlue,
  findParameters,
  findSizes,
  findTasks,
  findWhole,
  imagesOf,
  same,
} from "./compare-found";
import { findMeasured, findRows } from "./compare-measures";
import { pairParameters, type Side, tasksOfBoth } from "./compare-sides";
import type { DefinitionPair } from "./schemas/compare";

/** A renamed or retyped column of a table that the run writes. */
export interface ColumnsChanged {
  table: string;
  difference: string;
  at: string;
}

/** All that can be compared of two runs, whether it differs or not. */
export function compareSides(before: Side, now: Side, columns: ColumnsChanged[], definitions: DefinitionPair[]): Found[] {
  const tasks = tasksOfBoth(before, now);
  const containers = tasks.filter((both) => both.before.container && both.now.container);
  return [
    ...columns.map(({ table, difference }): Found => ({ ...same("columns", "Columns", null, table), difference, state: "differs" })),
    ...findWhole(before, now),
    ...byValue("image", "Image", containers, imagesOf),
    ...findSizes(containers),
    ...byValue("capacity", "Capacity", containers, capacitiesOf),
    ...findDefinitions(before, now, definitions),
    ...findGlue(tasks),
    ...findParameters(pairParameters(before.parameters, now.parameters)),
    ...findRows(before, now),
    ...findMeasured(tasks),
    ...findTasks(before, now),
  ];
}
