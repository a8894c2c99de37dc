import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "@/server/errors";
import type { Page, Slice } from "./airflow-adapter";
import { type AskPage, PageSize, RepeatedPage, readPages } from "./airflow-paging";

/** A list on a server whose own limit is `clamp`; `before` is what happens to it before each answer. */
function listOf(rows: string[], { clamp = 100, bytesEach = 1_000, before = (_asked: number): unknown => undefined } = {}) {
  const asked: Slice[] = [];
  const ask: AskPage<string> = async (slice) => {
    before(asked.length);
    asked.push(slice);
    const found = rows.slice(slice.offset, slice.offset + Math.min(slice.limit, clamp));
    return { listing: { rows: found.map((row) => ({ key: row, item: row })), total: rows.length }, sizeBytes: found.length * bytesEach };
  };
  return { ask, asked, rows };
}
const names = (count: number) => Array.from({ length: count }, (_, index) => `row ${String(index).padStart(5, "0")}`);
const blocked = (name: string) => {
  const cause = new Error(name);
  cause.name = name;
  return new AppError("invalid", name, { cause });
};

async function all(ask: AskPage<string>, size = new PageSize()): Promise<Page<string>> {
  const page: Page<string> = { items: [], rejected: [], total: 0 };
  for await (const { items, rejected, total } of readPages(size, ask)) {
    page.items.push(...items);
    page.rejected.push(...rejected);
    page.total = total;
  }
  return page;
}

describe("a list that stands still", () => {
  it.each([
    [0, 100],
    [1, 100],
    [100, 100],
    [101, 100],
    [1_000, 100],
    [95, 10],
  ])("%d rows with a server's limit of %d are read once each, in few requests", async (count, clamp) => {
    const list = listOf(names(count), { clamp });
    expect((await all(list.ask)).items).toEqual(list.rows);
    expect(list.asked.length).toBeLessThanOrEqual(Math.max(1, Math.ceil(count / (clamp - 1))));
  });

  it("ends with an error when the server answers the same page for ever: nothing is taken for read", async () => {
    const list = listOf(names(250));
    await expect(all((slice) => list.ask({ ...slice, offset: 0 }))).rejects.toThrow(RepeatedPage);
    expect(list.asked.length).toBeLessThan(10);
  });

  it("ends when the server counts more rows than it ever answers, and says so", async () => {
    const list = listOf(names(50));
    const { items, rejected } = await all(async (slice) => {
      const answer = await list.ask(slice);
      return { ...answer, listing: { ...answer.listing, total: 60 } };
    });
    expect(items).toEqual(list.rows);
    expect(rejected).toEqual([{ id: null, why: "10 rows moved while the list was read" }]);
    expect(list.asked.length).toBeLessThan(10);
  });
});

describe("the size of a page", () => {
  it("falls by half when answers are large and grows by a quarter when they are small, between 1 and 100", () => {
    const size = new PageSize();
    const rowsAfter = (bytes: number) => {
      size.answered(bytes);
      return size.rows;
    };
    expect(rowsAfter(3_000_001)).toBe(50);
    expect(rowsAfter(2_000_000)).toBe(50);
    expect(rowsAfter(100)).toBe(63);
    for (let turn = 0; turn < 20; turn++) rowsAfter(6_000_000);
    expect(size.rows).toBe(1);
    for (let turn = 0; turn < 30; turn++) rowsAfter(100);
    expect(size.rows).toBe(100);
  });

  it("is remembered, and offsets stay right while it changes: rows of 100 kB come in answers far under 6 MB", async () => {
    const list = listOf(names(400), { bytesEach: 100_000 });
    const size = new PageSize();
    expect((await all(list.ask, size)).items).toEqual(list.rows);
    expect(size.rows).toBeLessThanOrEqual(50);
    const again = listOf(names(200), { bytesEach: 100_000 });
    await all(again.ask, size);
    expect(again.asked.every(({ limit }) => limit * 100_000 < 6_000_000)).toBe(true);
  });

  it("falls until the answer fits when MWAA refuses it as too large", async () => {
    const list = listOf(names(30));
    const ask: AskPage<string> = (slice) => (slice.limit > 6 ? Promise.reject(blocked("AnswerTooLarge")) : list.ask(slice));
    expect((await all(ask)).items).toEqual(list.rows);
  });

  it.each(["AnswerTooLarge", "AnswerFailed"])("leaves one row out that is never answered (%s), and reads all others", async (name) => {
    for (const poison of [0, 1, 57, 149]) {
      const list = listOf(names(150));
      const ask: AskPage<string> = (slice) => {
        const isHit = slice.offset <= poison && poison < slice.offset + slice.limit;
        return isHit ? Promise.reject(blocked(name)) : list.ask(slice);
      };
      const { items, rejected } = await all(ask);
      expect(items).toEqual(list.rows.filter((_, index) => index !== poison));
      expect(rejected).toEqual([{ id: null, why: `not answered: ${name}` }]);
    }
  });

  it("takes a server that answers nothing at all for down: no row is left out", async () => {
    const found: Page<string>[] = [];
    const reading = (async () => {
      for await (const page of readPages<string>(new PageSize(), () => Promise.reject(blocked("AnswerFailed")))) found.push(page);
    })();
    await expect(reading).rejects.toMatchObject({ code: "invalid" });
    expect(found).toEqual([]);
  });
});

describe("a list that changes while it is read", () => {
  it("loses no row that stays, whatever leaves, however often, and whatever enters instead", async () => {
    const Change = fc.record({ leave: fc.array(fc.nat(), { maxLength: 40 }), enter: fc.array(fc.nat(), { maxLength: 40 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 400 }),
        fc.array(Change, { maxLength: 6 }),
        fc.integer({ min: 2, max: 100 }),
        async (count, changes, clamp) => {
          const rows = names(count);
          const left = new Set<string>();
          let entered = 0;
          const list = listOf(rows, {
            clamp,
            before: (asked) => {
              const change = changes[asked - 1];
              for (const at of change?.leave ?? []) {
                const [gone] = rows.length > 0 ? rows.splice(at % rows.length, 1) : [];
                if (gone !== undefined) left.add(gone);
              }
              for (const at of change?.enter ?? []) rows.splice(at % (rows.length + 1), 0, `row later ${entered++}`);
            },
          });
          const { items } = await all(list.ask);
          expect(new Set(items).size).toBe(items.length);
          const found = new Set(items);
          expect(names(count).filter((name) => !left.has(name) && !found.has(name))).toEqual([]);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it("is not taken for one that has no end when many rows enter before where it is read", async () => {
    const rows = names(100);
    const list = listOf(rows, { clamp: 10, before: (asked) => asked === 5 && rows.unshift(...names(20).map((name) => `new ${name}`)) });
    const { items } = await all(list.ask);
    expect(names(100).filter((name) => !items.includes(name))).toEqual([]);
  });

  it("reads again what an unordered list (Airflow 2's task instances) answered twice, and tells what it could not settle", async () => {
    const rows = names(300);
    const list = listOf(rows, { before: (asked) => asked % 5 === 1 && rows.reverse() });
    const { items, rejected } = await all(list.ask);
    expect(new Set(items).size).toBe(items.length);
    expect(items.length === 300 || rejected.length > 0).toBe(true);
    expect(list.asked.length).toBeLessThan(60);
  });
});
