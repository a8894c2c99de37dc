"use client";

import {
  type DefaultError,
  type QueryClient,
  type QueryKey,
  type UndefinedInitialDataOptions,
  type UseQueryResult,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { apiPaths } from "@/lib/paths";
import { ApiError, unreachable } from "./api";
import { type Connection, joinStream, queryKeysOf } from "./stream";

let connection: Connection = "connecting";
const listeners = new Set<() => void>();

function setConnection(next: Connection) {
  connection = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export const useConnection = (): Connection =>
  useSyncExternalStore(
    subscribe,
    () => connection,
    () => "connecting",
  );

const gatherMs = 250;

/** The first change refetches at once; what follows within a moment is gathered. */
function gatherer(client: QueryClient) {
  const waiting = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    if (waiting.size === 0) return;
    for (const key of waiting) for (const queryKey of queryKeysOf(key)) void client.invalidateQueries({ queryKey });
    waiting.clear();
    timer = setTimeout(flush, gatherMs);
  };
  return {
    add(keys: string[]) {
      for (const key of keys) waiting.add(key);
      if (timer === undefined) flush();
    },
    stop: () => clearTimeout(timer),
  };
}

/** Connects this browser to the stream while the tab is visible; each (re)connect makes everything on screen ask again. */
export function useStream() {
  const client = useQueryClient();
  useEffect(() => {
    const gather = gatherer(client);
    let leave: (() => void) | undefined;
    const follow = () => {
      if (document.hidden) {
        leave?.();
        leave = undefined;
        setConnection("connecting");
        return;
      }
      leave ??= joinStream({
        openSource: () => new EventSource(apiPaths.stream),
        isSignedOut: () =>
          fetch(apiPaths.sources, { credentials: "same-origin" }).then(
            ({ status }) => status === 401,
            () => false,
          ),
        openChannel: () => new BroadcastChannel("penstock"),
        locks: navigator.locks,
        onKeys: gather.add,
        onConnection: (next) => {
          const isNew = next === "live" && connection !== "live";
          setConnection(next);
          if (isNew) void client.invalidateQueries({ type: "active" });
        },
      });
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      gather.stop();
      leave?.();
    };
  }, [client]);
}

const missingMs = 1_500;
const brokenMs = 5_000;
const pendingMs = 3_000;
const pushedMs = 30_000;
const quietMs = 10_000;
const longestMs = 60_000;

/** How long to wait before asking again, false for never. Pushed pages ask seldom; the others slow down while nothing changes. */
export function pollInterval(now: {
  connection: Connection;
  isBroken: boolean;
  isPending: boolean;
  unchangedForMs: number;
}): number | false {
  if (now.connection === "signed_out") return false;
  if (now.isBroken) return brokenMs;
  if (now.connection === "live") return now.isPending ? quietMs : pushedMs;
  if (now.isPending) return pendingMs;
  return Math.min(Math.max(quietMs, now.unchangedForMs / 4), longestMs);
}

const withoutAge = (key: string, value: unknown) => (key === "asOf" || key === "sources" ? undefined : value);

/**
 * A query that stays current: by push, else by polling at a pace that `isPending` and silence decide. What was read stays on screen when
 * a later read fails. Hidden tabs do not ask.
 */
export function useLive<T, K extends QueryKey>(
  options: UndefinedInitialDataOptions<T, DefaultError, T, K>,
  isPending: (data: T) => boolean = () => false,
): UseQueryResult<T> {
  const current = useConnection();
  const change = useRef({ print: "", at: 0 });
  return useQuery<T, DefaultError, T, K>({
    ...options,
    refetchInterval: ({ state }) => {
      if (isNotFound(state.error)) return missingMs;
      const print = state.data === undefined ? "" : JSON.stringify(state.data, withoutAge);
      if (print !== change.current.print) change.current = { print, at: Date.now() };
      return pollInterval({
        connection: current,
        isBroken: state.status === "error" || state.fetchFailureCount > 0,
        isPending: state.data === undefined || isPending(state.data),
        unchangedForMs: Date.now() - change.current.at,
      });
    },
  });
}

const isNotFound = (error: unknown) => error instanceof ApiError && error.problem.status === 404;

/** Whether the API says that there is no such thing (yet). */
export const isMissing = (query: Pick<UseQueryResult, "error">) => isNotFound(query.error);

/** The failed read behind a page, when there is one; null while all is well. */
export function brokenBy(query: Pick<UseQueryResult, "error" | "failureReason" | "fetchStatus">): ApiError["problem"] | null {
  if (query.fetchStatus === "paused") return unreachable; // the browser says that it is offline
  const error = query.error ?? query.failureReason;
  return error instanceof ApiError ? error.problem : null;
}
