import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestLedger, type TestLedger } from "@/server/testing/postgres";
import { arrayParameter } from "./array-binary";
import { arrayLiteral } from "./arrays";

let server: TestLedger;
let client: pg.Client;
beforeAll(async () => {
  server = await startTestLedger();
  client = new pg.Client({ connectionString: server.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await server.remove();
});

type Form = (values: unknown[], type: string) => unknown;

/** What PostgreSQL reads in it, each value as JSON. */
async function readAs(form: Form, values: unknown[], type: string): Promise<unknown[]> {
  const { rows } = await client.query(
    `select to_jsonb(value) as value from unnest($1::${type}[]) with ordinality as each(value, at) order by at`,
    [form(values, type)],
  );
  return rows.map((row) => row.value);
}

const kept = fc.string({
  unit: fc.oneof(fc.constantFrom('"', "\\", "{", "}", ",", "NULL", "\n", "\t", "é", "😀", " "), fc.string({ maxLength: 2 })),
});
const withoutNul = kept.filter((text) => !text.includes("\0"));

const forms: [string, Form][] = [
  ["text", arrayLiteral],
  ["parameter", arrayParameter],
];

describe.each(forms)("an array's %s", (_, form) => {
  const read = (values: unknown[], type: string) => readAs(form, values, type);

  it("gives PostgreSQL the texts that it was made of", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(withoutNul)), async (texts) => {
        expect(await read(texts, "text")).toEqual(texts);
      }),
      { numRuns: 100 },
    );
  });

  it("gives it the moments, in any year that a date can have", async () => {
    const moment = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(moment)), async (moments) => {
        const found = await read(moments, "timestamptz");
        expect(found.map((text) => (text === null ? null : new Date(String(text)).getTime()))).toEqual(
          moments.map((each) => each?.getTime() ?? null),
        );
      }),
      { numRuns: 100 },
    );
    expect(() => form([new Date(Number.NaN)], "timestamptz")).toThrow(RangeError);
  });

  it("gives it numbers, yes and no, and objects", async () => {
    expect(await read([1, null, -2.5, undefined], "float8")).toEqual([1, null, -2.5, null]);
    expect(await read([1, null, -2_147_483_648], "integer")).toEqual([1, null, -2_147_483_648]);
    expect(await read([true, false, null], "boolean")).toEqual([true, false, null]);
    expect(await read([{ a: 'x"\\' }, null, ["b"]], "jsonb")).toEqual([{ a: 'x"\\' }, null, ["b"]]);
    expect(await read([12n], "bigint")).toEqual([12]);
    expect(await read([], "text")).toEqual([]);
  });
});

it("goes in binary where it can, which PostgreSQL reads in a fraction of the time, and otherwise as text", () => {
  expect(arrayParameter(["a", null], "text")).toBeInstanceOf(Buffer);
  expect(arrayParameter([new Date(0)], "timestamptz")).toBeInstanceOf(Buffer);
  expect(arrayParameter(["1.5"], "numeric")).toBe(arrayLiteral(["1.5"]));
  expect(arrayParameter([{ a: 1 }, 2], "jsonb")).toBe(arrayLiteral([{ a: 1 }, 2]));
});
