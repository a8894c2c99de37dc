import "server-only";
import { AppError, findAppError } from "@/server/errors";
import { isRefused } from "@/server/sources/translate";

const mostNamed = 3;

/** The parts of a source, such as clusters or jobs, that refuse to be read: the others are read all the same, and people are told which do and why. */
export class Refusals {
  #byPart = new Map<string, AppError>();

  /** What `ask` answers, null when this part alone refuses. @throws what is trouble of the whole source */
  async unlessRefused<T>(part: string, ask: () => Promise<T>): Promise<T | null> {
    try {
      const answer = await ask();
      this.#byPart.delete(part);
      return answer;
    } catch (error) {
      const own = findAppError(error);
      if (!own || !isRefused(own)) throw error;
      this.#byPart.set(part, own);
      return null;
    }
  }

  of(part: string): AppError | null {
    return this.#byPart.get(part) ?? null;
  }

  /** Forgets parts that are read no more. */
  keep(isRead: (part: string) => boolean): void {
    for (const part of this.#byPart.keys()) if (!isRead(part)) this.#byPart.delete(part);
  }

  /** The refusal, when each of these refuses: then nothing of the source can be read. */
  ofAll(parts: string[]): AppError | null {
    const [part] = parts;
    const first = part !== undefined && parts.every((each) => this.#byPart.has(each)) ? this.of(part) : null;
    if (!first) return null;
    const { code, message, system, remedy } = first;
    return new AppError(code, `${part} cannot be read: ${message}`, { system, remedy, cause: first });
  }

  remarks(): string[] {
    const named = [...this.#byPart].slice(0, mostNamed).map(([part, error]) => `${part} cannot be read: ${said(error)}`);
    const more = this.#byPart.size - named.length;
    return more > 0 ? [...named, `${more} more cannot be read`] : named;
  }
}

const said = ({ message, remedy }: AppError) => [message, remedy].flatMap((each) => each?.replace(/\.$/, "") ?? []).join(". ");

/** What a source's health remarks. */
export const remarkOf = (remarks: string[]) => (remarks.length === 0 ? null : remarks.join(". "));
