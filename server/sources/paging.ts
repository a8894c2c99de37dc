import "server-only";
import { AppError } from "@/server/errors";
import { type Budget, systemName } from "./call";

/** A hundred rows each: more than any list of ours has. */
const mostPages = 10_000;

/** The tokens of one list's pages. A list whose pages lead in a circle, or never end, is an error and not read for ever. */
export class PageTrail {
  readonly #seen = new Set<string>();

  constructor(readonly budget: Budget) {}

  /** @returns the token to ask with next; undefined at the end. @throws AppError upstream */
  next(token: string | undefined): string | undefined {
    if (!token) return undefined;
    if (!this.#seen.has(token) && this.#seen.size < mostPages) {
      this.#seen.add(token);
      return token;
    }
    const system = systemName(this.budget.environment, this.budget.source);
    const why = this.#seen.has(token) ? "the same page token came twice" : `it has more than ${mostPages} pages`;
    throw new AppError("upstream", `${system}: its list does not end, ${why}`, {
      system,
      remedy: "Penstock asks again by itself; if it lasts, look at that system.",
    });
  }
}
