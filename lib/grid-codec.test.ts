import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cell, decodeCells, decodeIds, decodeNumbers, encodeCells, encodeIds, encodeNumbers } from "./grid-codec";
import { worstFirst } from "./schemas/worst-first";

const cell: fc.Arbitrary<Cell | null> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ state: "success" as const, tries: 1, instances: null, failed: 0 }) },
  fc.constant(null),
  fc.record({
    state: fc.constantFrom(...worstFirst),
    tries: fc.integer({ min: 1, max: 40 }),
    instances: fc.constant(null),
    failed: fc.constant(0),
  }),
  fc
    .record({ state: fc.constantFrom(...worstFirst), tries: fc.integer({ min: 1, max: 40 }), instances: fc.integer({ min: 1, max: 5000 }) })
    .chain((mapped) => fc.integer({ min: 0, max: mapped.instances }).map((failed) => ({ ...mapped, failed }))),
);
const spread = (text: string) => decodeCells(text).flatMap((stretch) => Array.from({ length: stretch.length }, () => stretch.cell));

describe("the wire of a grid", () => {
  test("gives back every row of cells", () => {
    fc.assert(fc.property(fc.array(cell, { maxLength: 100 }), (cells) => void expect(spread(encodeCells(cells))).toEqual(cells)));
  });

  test("joins what is equal: as many stretches as there are changes", () => {
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1, maxLength: 100 }), (cells) => {
        const stretches = decodeCells(encodeCells(cells));
        const changes = cells.filter((each, index) => index > 0 && JSON.stringify(each) !== JSON.stringify(cells[index - 1])).length;
        expect(stretches).toHaveLength(changes + 1);
        expect(stretches.map(({ from }) => from)).toEqual(
          [...stretches.keys()].map((at) => stretches.slice(0, at).reduce((sum, { length }) => sum + length, 0)),
        );
      }),
    );
  });

  test("gives back ids of any script and length", () => {
    const id = fc.string({ unit: "binary", minLength: 1, maxLength: 250 }).filter((text) => !text.includes("\n"));
    fc.assert(fc.property(fc.array(id, { maxLength: 12 }), (ids) => void expect(decodeIds(encodeIds(ids))).toEqual(ids)));
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("load", "load.a", "load.ab", "x".repeat(250), `${"x".repeat(249)}y`)),
        (ids) => void expect(decodeIds(encodeIds(ids))).toEqual(ids),
      ),
    );
  });

  test("gives back numbers and what is not known", () => {
    const value = fc.oneof(fc.constant(null), fc.nat());
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 50 }),
        (values) => void expect(decodeNumbers(encodeNumbers(values))).toEqual(values),
      ),
    );
  });

  test("refuses what is no grid", () => {
    expect(() => decodeCells("3s?")).toThrow("not cells");
    expect(() => decodeCells("2z")).toThrow("no state");
  });
});
