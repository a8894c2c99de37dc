/** `connecting`: no verdict yet. `live`: changes are pushed. `down`: pages must ask by themselves. `signed_out`: nothing is answered until somebody signs in. */
export type Connection = "connecting" | "live" | "down" | "signed_out";

type Message = { kind: "keys"; keys: string[] } | { kind: "connection"; connection: Connection } | { kind: "hello" };

type Source = Pick<EventSource, "readyState" | "close" | "onopen" | "onerror"> & {
  addEventListener(type: "change" | "beat", listener: (event: MessageEvent<string>) => void): void;
};
type Channel = Pick<BroadcastChannel, "postMessage" | "close" | "onmessage">;
type Locks = { request(name: string, options: { signal: AbortSignal }, held: () => Promise<void>): Promise<unknown> };

export type StreamDeps = {
  openSource: () => Source;
  /** Whether the API would refuse this browser's session: a refused stream does not say why. */
  isSignedOut: () => Promise<boolean>;
  openChannel: () => Channel;
  /** Absent outside secure contexts: then each tab has a stream of its own. */
  locks: Locks | undefined;
  onKeys: (keys: string[]) => void;
  onConnection: (connection: Connection) => void;
};

const closed = 2;
const firstRetryMs = 2_000;
const longestRetryMs = 30_000;
/** The server sends a beat every 15 s: after two that did not come the stream is dead, whatever the browser believes (sleep, a proxy that forgot it). */
const silentMs = 30_000;
const checkEveryMs = 5_000;

/**
 * One EventSource for all tabs of a browser: HTTP/1.1 allows six connections to a host. The tab that holds the lock has the stream and
 * passes on what it hears; when it closes, the lock goes to the next tab. Returns the function that leaves.
 */
export function joinStream({ openSource, isSignedOut, openChannel, locks, onKeys, onConnection }: StreamDeps): () => void {
  const channel = openChannel();
  const left = new AbortController();
  let isLeader = false;
  let connection: Connection = "connecting";

  const tell = (message: Message) => channel.postMessage(message);
  const settle = (next: Connection) => {
    connection = next;
    tell({ kind: "connection", connection: next });
    onConnection(next);
  };

  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.kind === "hello") {
      if (isLeader) tell({ kind: "connection", connection });
    } else if (isLeader) return;
    else if (data.kind === "keys") onKeys(data.keys);
    else onConnection(data.connection);
  };

  const lead = () =>
    new Promise<void>((resolve) => {
      isLeader = true;
      // What changed since the tab before closed its stream was heard by nobody.
      settle("connecting");
      const tellSettled = (next: Connection) => {
        settle(next);
        if (next !== "signed_out") return;
        // Another tab may be where somebody signs in again.
        isLeader = false;
        resolve();
      };
      const stop = keepOpen({ openSource, isSignedOut }, tellSettled, (keys) => {
        tell({ kind: "keys", keys });
        onKeys(keys);
      });
      left.signal.addEventListener("abort", () => {
        stop();
        isLeader = false;
        resolve();
      });
    });

  if (locks) {
    locks.request("penstock:stream", { signal: left.signal }, lead).catch((error: unknown) => {
      if (!left.signal.aborted) throw error;
    });
    tell({ kind: "hello" });
  } else {
    void lead();
  }

  return () => {
    left.abort();
    channel.onmessage = null;
    channel.close();
  };
}

function keepOpen(
  { openSource, isSignedOut }: Pick<StreamDeps, "openSource" | "isSignedOut">,
  settle: (next: Connection) => void,
  onKeys: (keys: string[]) => void,
): () => void {
  let source: Source | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retryMs = firstRetryMs;
  let heardAt = 0;
  let isOver = false;

  const stop = () => {
    isOver = true;
    clearTimeout(timer);
    clearInterval(watch);
    source?.close();
  };
  const again = async () => {
    const isOut = await isSignedOut();
    if (isOver) return;
    if (isOut) {
      stop();
      return settle("signed_out");
    }
    timer = setTimeout(open, retryMs);
    retryMs = Math.min(retryMs * 2, longestRetryMs);
  };
  const open = () => {
    const opened = openSource();
    source = opened;
    heardAt = Date.now();
    const hear = () => {
      heardAt = Date.now();
    };
    opened.onopen = () => {
      hear();
      retryMs = firstRetryMs;
      settle("live");
    };
    opened.onerror = () => {
      if (opened !== source) return;
      settle("down");
      // A refused stream (an HTTP error) is closed for good, a broken one is opened again by the browser itself.
      if (opened.readyState !== closed) return;
      source = undefined;
      void again();
    };
    opened.addEventListener("beat", hear);
    opened.addEventListener("change", (event) => {
      hear();
      onKeys(JSON.parse(event.data) as string[]);
    });
  };
  const watch = setInterval(() => {
    if (!source || Date.now() - heardAt <= silentMs) return;
    source.close();
    settle("down");
    open();
  }, checkEveryMs);
  open();
  return stop;
}

/** The query keys that a pushed key makes old: `run:<env>/<dag>/<run>`, each id percent-encoded, is one run; a bare name is a resource. */
export function queryKeysOf(key: string): (readonly string[])[] {
  const [resource = "", id] = key.split(":");
  if (!id) return resource === "runs" ? [["runs", "list"]] : [[resource]];
  const [environment = "", pipeline = "", runId = ""] = id.split("/").map(decodeURIComponent);
  return [
    ["runs", "detail", environment, pipeline, runId],
    ["attempts", "detail"],
    ["pipelines", "detail", environment, pipeline],
  ];
}
