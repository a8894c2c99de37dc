import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { joinStream, queryKeysOf, type StreamDeps } from "./stream";

type Heard = { keys: string[][]; connection: string[] };

/** A browser: tabs share a channel and a lock, and each EventSource that one of them opens is kept. */
function browser() {
  const channels = new Set<{ onmessage: ((event: MessageEvent) => void) | null }>();
  const waiting: (() => void)[] = [];
  let isHeld = false;
  const sources: {
    open: () => void;
    fail: (readyState: number) => void;
    push: (keys: string[]) => void;
    beat: () => void;
    isClosed: boolean;
  }[] = [];
  const session = { isOver: false };

  const locks: StreamDeps["locks"] = {
    request: (_name, { signal }, held) =>
      new Promise((resolve, reject) => {
        const take = () => {
          if (signal.aborted) return next();
          isHeld = true;
          void held().then(() => {
            isHeld = false;
            resolve(undefined);
            next();
          });
        };
        const next = () => waiting.shift()?.();
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        if (isHeld) waiting.push(take);
        else take();
      }),
  };
  const openSource: StreamDeps["openSource"] = () => {
    const heard = new Map<string, (event: MessageEvent<string>) => void>();
    const source = {
      readyState: 0 as number,
      onopen: null as (() => void) | null,
      onerror: null as (() => void) | null,
      addEventListener: (type: string, listener: (event: MessageEvent<string>) => void) => {
        heard.set(type, listener);
      },
      close: () => {
        handle.isClosed = true;
      },
    };
    const handle = {
      isClosed: false,
      open: () => source.onopen?.(),
      fail: (readyState: number) => {
        source.readyState = readyState;
        source.onerror?.();
      },
      push: (keys: string[]) => heard.get("change")?.({ data: JSON.stringify(keys) } as MessageEvent<string>),
      beat: () => heard.get("beat")?.({ data: "1" } as MessageEvent<string>),
    };
    sources.push(handle);
    return source as unknown as ReturnType<StreamDeps["openSource"]>;
  };
  const openChannel: StreamDeps["openChannel"] = () => {
    const channel = {
      onmessage: null as ((event: MessageEvent) => void) | null,
      postMessage: (data: unknown) => {
        for (const other of channels) if (other !== channel) other.onmessage?.({ data } as MessageEvent);
      },
      close: () => void channels.delete(channel),
    };
    channels.add(channel);
    return channel as unknown as ReturnType<StreamDeps["openChannel"]>;
  };
  const tab = (hasLocks = true) => {
    const heard: Heard = { keys: [], connection: [] };
    const leave = joinStream({
      openSource,
      isSignedOut: async () => session.isOver,
      openChannel,
      locks: hasLocks ? locks : undefined,
      onKeys: (keys) => heard.keys.push(keys),
      onConnection: (connection) => heard.connection.push(connection),
    });
    return { heard, leave };
  };
  return { sources, tab, session };
}

describe("one stream for all tabs", () => {
  test("the second tab opens no stream and hears what the first hears", () => {
    const { sources, tab } = browser();
    const first = tab();
    sources[0]?.open();
    const second = tab();
    expect(sources).toHaveLength(1);
    expect(second.heard.connection).toEqual(["live"]);
    sources[0]?.push(["runs"]);
    expect(first.heard.keys).toEqual([["runs"]]);
    expect(second.heard.keys).toEqual([["runs"]]);
  });

  test("when the tab with the stream closes, the next one opens it and learns of the reconnect", async () => {
    const { sources, tab } = browser();
    const first = tab();
    sources[0]?.open();
    const second = tab();
    first.leave();
    await vi.waitFor(() => expect(sources).toHaveLength(2));
    expect(sources[0]?.isClosed).toBe(true);
    sources[1]?.open();
    expect(second.heard.connection).toEqual(["live", "connecting", "live"]);
  });

  test("without locks each tab has its own", () => {
    const { sources, tab } = browser();
    tab(false);
    tab(false);
    expect(sources).toHaveLength(2);
  });

  describe("over time", () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    test("a refused stream is asked for again, later each time", async () => {
      const { sources, tab } = browser();
      const { heard } = tab();
      sources[0]?.fail(2);
      expect(heard.connection).toEqual(["connecting", "down"]);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(sources).toHaveLength(2);
      sources[1]?.fail(2);
      await vi.advanceTimersByTimeAsync(3_999);
      expect(sources).toHaveLength(2);
      await vi.advanceTimersByTimeAsync(1);
      expect(sources).toHaveLength(3);
    });

    test("a broken stream is left to the browser, which opens it again by itself", async () => {
      const { sources, tab } = browser();
      const { heard } = tab();
      sources[0]?.open();
      sources[0]?.fail(0);
      await vi.advanceTimersByTimeAsync(20_000);
      expect(sources).toHaveLength(1);
      sources[0]?.open();
      expect(heard.connection).toEqual(["connecting", "live", "down", "live"]);
    });

    test("a stream without a sign of life for two beats is opened anew, as after a sleep", async () => {
      const { sources, tab } = browser();
      const { heard } = tab();
      sources[0]?.open();
      await vi.advanceTimersByTimeAsync(15_000);
      sources[0]?.beat();
      await vi.advanceTimersByTimeAsync(30_000);
      expect(sources).toHaveLength(1);
      await vi.advanceTimersByTimeAsync(5_000);
      expect(sources[0]?.isClosed).toBe(true);
      expect(sources).toHaveLength(2);
      sources[1]?.open();
      expect(heard.connection).toEqual(["connecting", "live", "down", "live"]);
    });

    test("a stream that beats is left alone", async () => {
      const { sources, tab } = browser();
      tab();
      sources[0]?.open();
      for (let beat = 0; beat < 20; beat++) {
        await vi.advanceTimersByTimeAsync(15_000);
        sources[0]?.beat();
      }
      expect(sources).toHaveLength(1);
    });

    test("when the sign-in has ended it stops, until a tab in which somebody signed in again has the stream", async () => {
      const { sources, tab, session } = browser();
      const first = tab();
      session.isOver = true;
      sources[0]?.fail(2);
      await vi.advanceTimersByTimeAsync(600_000);
      expect(sources).toHaveLength(1);
      expect(first.heard.connection).toEqual(["connecting", "down", "signed_out"]);
      session.isOver = false;
      tab();
      sources[1]?.open();
      expect(first.heard.connection.at(-1)).toBe("live");
    });
  });
});

test("a pushed key names the queries that it makes old", () => {
  expect(queryKeysOf("runs")).toEqual([["runs", "list"]]);
  expect(queryKeysOf("tables")).toEqual([["tables"]]);
  expect(queryKeysOf("run:local/sales_daily/scheduled__2026-11-22T06%3A15%3A00%2B00%3A00")).toEqual([
    ["runs", "detail", "local", "sales_daily", "scheduled__2026-11-22T06:15:00+00:00"],
    ["attempts", "detail"],
    ["pipelines", "detail", "local", "sales_daily"],
  ]);
});
