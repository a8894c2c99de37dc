import "server-only";

interface Entry {
  value: Promise<unknown>;
  /** performance.now() after which it is read again; Infinity while it is being read. */
  freshUntil: number;
  sizeBytes: number;
}

const mostBytes = 64 * 1024 * 1024;
const shared = globalThis as typeof globalThis & { penstockReads?: Map<string, Entry> };

/**
 * One read for all who ask: while it runs everybody waits for the same one, and its result serves for `freshMs` of it. Failures are kept for a second,
 * so that a system that is down is not asked by every viewer. Kept on globalThis, since a web process compiles its entries apart.
 */
export function readShared<T>(key: string, read: () => Promise<T>, keep: (value: T) => { freshMs: number; sizeBytes: number }): Promise<T> {
  shared.penstockReads ??= new Map();
  const entries = shared.penstockReads;
  const known = entries.get(key);
  if (known && performance.now() < known.freshUntil) return known.value as Promise<T>;
  const entry: Entry = { value: read(), freshUntil: Number.POSITIVE_INFINITY, sizeBytes: 0 };
  entries.delete(key);
  entries.set(key, entry);
  entry.value.then(
    (value) => {
      const { freshMs, sizeBytes } = keep(value as T);
      entry.freshUntil = performance.now() + freshMs;
      entry.sizeBytes = sizeBytes;
      evict(entries);
    },
    () => {
      entry.freshUntil = performance.now() + 1_000;
    },
  );
  return entry.value as Promise<T>;
}

/** Reads of which each is kept by itself; those that are not there yet come by one call, in the order of their keys. */
export function readSharedEach<T>(
  keys: string[],
  read: (missing: number[]) => Promise<T[]>,
  keep: (value: T) => { freshMs: number; sizeBytes: number },
): Promise<T[]> {
  const missing = keys.flatMap((key, at) => (isKept(key) ? [] : [at]));
  const found = missing.length === 0 ? null : read(missing);
  const readOne = (at: number) => async () => (await found)?.[missing.indexOf(at)] as T;
  return Promise.all(keys.map((key, at) => readShared(key, readOne(at), keep)));
}

const isKept = (key: string) => performance.now() < (shared.penstockReads?.get(key)?.freshUntil ?? 0);

/** Drops the oldest until what is kept fits. */
function evict(entries: Map<string, Entry>): void {
  let sum = 0;
  for (const { sizeBytes } of entries.values()) sum += sizeBytes;
  for (const [key, entry] of entries) {
    if (sum <= mostBytes && entries.size <= 2_000) return;
    if (entry.freshUntil === Number.POSITIVE_INFINITY) continue;
    entries.delete(key);
    sum -= entry.sizeBytes;
  }
}

export function forgetReads(): void {
  shared.penstockReads?.clear();
}
