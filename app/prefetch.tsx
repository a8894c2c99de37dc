import { setTimeout } from "node:timers/promises";
import { type DehydratedState, dehydrate, HydrationBoundary, QueryClient, type QueryKey } from "@tanstack/react-query";
import { headers } from "next/headers";
import { notFound, redirect } from "next/navigation";
import { type ReactNode, Suspense } from "react";
import { paths } from "@/lib/paths";
import { ErrorCode } from "@/lib/schemas/problem";

/** `mayBeMissing`: the thing may exist before the ledger has seen it, so the browser asks on instead of a 404. */
type Query<T> = { queryKey: QueryKey; load: () => Promise<T>; mayBeMissing?: boolean };

/**
 * The code of the AppError in an error or its causes (libraries wrap what they rethrow); null for any other error. By its shape: entries
 * that are compiled apart have an AppError class each.
 */
export function codeOf(error: unknown): ErrorCode | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current.name === "AppError" && "code" in current) return ErrorCode.safeParse(current.code).data ?? null;
  }
  return null;
}

/** The same read for all who ask for it. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/** What a page read in process; null when the system behind it is away, so that the browser shows that and keeps asking. */
export async function read<T>(load: () => Promise<T>, mayBeMissing = false): Promise<T | null> {
  try {
    return await load();
  } catch (error) {
    const code = codeOf(error);
    if (code === "not_found" && mayBeMissing) return null;
    if (code === "not_found") notFound();
    if (code === "unauthenticated") redirect(paths.login);
    if (code === "upstream") return null;
    throw error;
  }
}

type PrefetchProps = {
  queries: Query<unknown>[];
  /** Reads on for a page that is opened; what fails of that, the browser asks for. */
  opened?: ((client: QueryClient) => Promise<void>) | undefined;
  ghost?: ReactNode;
  children: ReactNode;
};

/** A ghost that gives way within 300 ms flickers, and React lets none give way sooner: what is read by then comes without one. */
const soonMs = 100;

/**
 * Reads in process what the first paint needs and hands it to the browser under the same query key. `ghost` stands in for a page that is
 * gone to from another and takes its time; one that is opened comes whole, as its largest words would otherwise wait for scripts behind the ghost.
 */
export async function Prefetch({ queries, opened, ghost, children }: PrefetchProps) {
  const isFirst = await isOpened();
  const reading = fill(queries, isFirst ? opened : undefined);
  // Who awaits it may be drawn later than it fails.
  reading.catch(() => undefined);
  const filled = <Filled reading={reading}>{children}</Filled>;
  if (isFirst || ghost === undefined || (await isSoon(reading))) return filled;
  return <Suspense fallback={ghost}>{filled}</Suspense>;
}

/** A browser asks for a document as such; going from page to page asks for its data alone. */
const isOpened = async () => (await headers()).get("accept")?.includes("text/html") ?? false;

const isSoon = (reading: Promise<unknown>): Promise<boolean> =>
  Promise.race([
    reading.then(
      () => true,
      () => true,
    ),
    setTimeout(soonMs, false, { ref: false }),
  ]);

async function fill(queries: Query<unknown>[], opened: PrefetchProps["opened"]): Promise<DehydratedState> {
  const client = new QueryClient();
  await Promise.all([
    ...queries.map(async ({ queryKey, load, mayBeMissing }) => {
      const data = await read(load, mayBeMissing);
      if (data !== null) client.setQueryData(queryKey, data);
    }),
    opened?.(client).catch(() => undefined),
  ]);
  return dehydrate(client);
}

async function Filled({ reading, children }: { reading: Promise<DehydratedState>; children: ReactNode }) {
  return <HydrationBoundary state={await reading}>{children}</HydrationBoundary>;
}
