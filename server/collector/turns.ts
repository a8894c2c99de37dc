import "server-only";

/** Whose turn it is among many: those that waited longest, so that none waits for ever. */
export class Turns {
  #taken = new Map<string, number>();
  #count = 0;

  /** The next ones, at most so many; names that are given no more are forgotten. */
  take(names: string[], most: number): string[] {
    const given = new Set(names);
    for (const name of this.#taken.keys()) if (!given.has(name)) this.#taken.delete(name);
    const chosen = [...given].sort((a, b) => this.#at(a) - this.#at(b)).slice(0, Math.max(0, most));
    this.#count += 1;
    for (const name of chosen) this.#taken.set(name, this.#count);
    return chosen;
  }

  #at(name: string): number {
    return this.#taken.get(name) ?? 0;
  }
}
