import "server-only";
import type { Listing, Page, Row, Slice } from "./airflow-adapter";
import { pageOf } from "./airflow-answers";
import { obstacleOf } from "./mwaa";

/** Airflow's own limit is 100 unless it is configured otherwise, and it clamps what is more without a word. */
const mostRows = 100;
/** MWAA lets 6 MB through (user guide). Rows differ, so an answer is wanted at half of that at most. */
const wantedBytes = 3_000_000;
const growBelowBytes = wantedBytes / 2;
/** A list that moves under the reader is begun again so often, and then taken as it came. */
const mostPasses = 3;
const mostStepsBack = 20;
/** So many rows in a row that cannot be answered are no single rows any more. */
const mostInARow = 3;
/** Rows that enter a list can push the same ones onto the next page; so many times in a row it is one page answered for all. */
const mostRepeated = 7;

/** How many rows to ask for at once, by how large the last answers were: falls by half, grows by a quarter. */
export class PageSize {
  #rows = mostRows;

  get rows(): number {
    return this.#rows;
  }

  answered(sizeBytes: number): void {
    if (sizeBytes > wantedBytes) this.shrink();
    else if (sizeBytes < growBelowBytes) this.#rows = Math.min(mostRows, Math.ceil(this.#rows * 1.25));
  }

  shrink(): void {
    this.#rows = Math.max(1, Math.floor(this.#rows / 2));
  }
}

/** One answer; throws an AppError whose obstacle is about its rows when fewer of them may be answered. */
export type AskPage<T> = (slice: Slice) => Promise<{ listing: Listing<T>; sizeBytes: number }>;

/** The list has no end: the server answers the same page again and again. */
export class RepeatedPage extends Error {
  override readonly name = "RepeatedPage";
}

const isAboutRows = (error: unknown) => ["AnswerTooLarge", "AnswerFailed"].includes(obstacleOf(error) ?? "");

/**
 * All rows of a list, page by page, each row once and handed over as soon as it is here. Offsets count rows that come and go meanwhile: each page
 * begins with the last row of the one before, and when that is another row now, those behind it have moved up, so the reader steps back until it
 * meets a row that it knows. What enters the list while it is read is not waited for.
 * @throws RepeatedPage, and what `ask` throws
 */
export async function* readPages<T>(size: PageSize, ask: AskPage<T>): AsyncGenerator<Page<T>> {
  const seen = new Set<string>();
  let skipped: Row<T>[] = [];
  let offset = 0;
  let expected: number | null = null;
  let [pass, stepsBack, repeated, before] = [1, 0, 0, ""];
  for (;;) {
    // One row at a time leaves no room for one that is known.
    const overlap = offset > 0 && size.rows > 1 ? 1 : 0;
    const slice = { offset: offset - overlap, limit: size.rows };
    let listing: Listing<T>;
    try {
      const answer = await ask(slice);
      size.answered(answer.sizeBytes);
      listing = answer.listing;
    } catch (error) {
      if (!isAboutRows(error) || skipped.length === mostInARow) throw error;
      if (slice.limit > 1) size.shrink();
      else {
        // Left out only once a row behind it is answered: until then it may be an outage.
        skipped.push({ key: `? row ${offset}`, rejected: { id: null, why: `not answered: ${(error as Error).message}` } });
        offset += 1;
      }
      continue;
    }
    const { rows, total } = listing;
    const hasMoved = overlap > 0 && !(rows[0] && seen.has(rows[0].key));
    if (hasMoved && stepsBack < mostStepsBack) {
      stepsBack += 1;
      offset = Math.max(0, slice.offset - slice.limit + 1);
      continue;
    }
    expected ??= total;
    const news = [...skipped, ...rows].filter(({ key }) => !seen.has(key));
    skipped = [];
    for (const { key } of news) seen.add(key);
    if (news.length > 0) yield pageOf({ rows: news, total });
    offset = slice.offset + rows.length;
    const hasGoneOn = rows.length > overlap;
    const page = JSON.stringify(rows.map(({ key }) => key));
    repeated = hasGoneOn && page === before ? repeated + 1 : 0;
    before = page;
    if (repeated === mostRepeated) throw new RepeatedPage("the list does not end: the same rows were answered again");
    if (hasGoneOn && offset < total) continue;
    // Without an order to ask for (Airflow 2's task instances) a row can be answered twice and another not at all.
    const missing = expected - seen.size;
    if (missing <= 0) return;
    if (pass === mostPasses) {
      yield { items: [], rejected: [{ id: null, why: `${missing} rows moved while the list was read` }], total, isIncomplete: true };
      return;
    }
    pass += 1;
    offset = 0;
    expected = null;
  }
}
