import { type ClientRequest, get, type IncomingMessage } from "node:http";
import type { Penstock } from "./penstock";

export interface Viewer {
  close(): void;
}

/** One open event stream; `heard` gets each event's keys and the moment of its arrival. */
export function openViewer(penstock: Penstock, heard: (keys: string[], at: number) => void): Promise<Viewer> {
  return new Promise((opened, fail) => {
    // Its own connection: an agent would share them.
    const request: ClientRequest = get(
      `${penstock.url}/api/stream`,
      { headers: penstock.headers, agent: false },
      (response: IncomingMessage) => {
        if (response.statusCode !== 200) return fail(new Error(`/api/stream: ${response.statusCode}`));
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          const at = performance.now();
          text += chunk;
          for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
            const data = /^event: change\ndata: (.*)$/m.exec(text.slice(0, end))?.[1];
            text = text.slice(end + 2);
            if (data) heard(JSON.parse(data) as string[], at);
          }
        });
        response.on("error", () => undefined);
        opened({ close: () => request.destroy() });
      },
    );
    request.on("error", fail);
  });
}

/** So many streams, opened a few at a time as browsers would come. */
export async function openViewers(penstock: Penstock, count: number, heard: (keys: string[], at: number) => void): Promise<Viewer[]> {
  const viewers: Viewer[] = [];
  while (viewers.length < count) {
    const some = Math.min(50, count - viewers.length);
    viewers.push(...(await Promise.all(Array.from({ length: some }, () => openViewer(penstock, heard)))));
  }
  return viewers;
}
