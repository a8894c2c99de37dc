/** A failure whose text is for the person at the terminal: what is wrong, and the exact command or setting that mends it. */
export class Fix extends Error {
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message);
  }
}

export const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Runs one step and prints one line when it is over, with how long it took. Steps may run side by side. */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  try {
    const result = await work();
    say(`  ✓ ${title} (${seconds(Date.now() - began)})`);
    return result;
  } catch (error) {
    say(`  ✗ ${title} (${seconds(Date.now() - began)})`);
    throw error;
  }
}

/** The whole text of a failure: a Fix without its stack, anything else with it. */
export function explain(error: unknown): string {
  if (error instanceof Fix) return [error.message, ...(error.remedy ? [`→ ${error.remedy}`] : [])].join("\n");
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
