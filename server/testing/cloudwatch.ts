import "server-only";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Event {
  timestamp: number;
  message: string;
}

export interface TestCloudWatch {
  url: string;
  /** Events by `group stream`. */
  streams: Map<string, Event[]>;
  /** Requests so far, by operation. */
  calls: { DescribeLogStreams: number; GetLogEvents: number };
  isDown: boolean;
  /** Events in an answer of GetLogEvents. */
  pageSize: number;
  close(): Promise<void>;
}

/** DescribeLogStreams and GetLogEvents over a real socket: pages of `pageSize`, and at the end the token that was given. */
export async function startTestCloudWatch(): Promise<TestCloudWatch> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (logs.isDown) return void request.socket.destroy();
      const asked = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Asked;
      const operation = String(request.headers["x-amz-target"]).split(".")[1] as keyof TestCloudWatch["calls"];
      logs.calls[operation] += 1;
      const answer = operation === "GetLogEvents" ? getEvents(asked) : describeStreams(asked);
      response.writeHead(answer === null ? 400 : 200, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(answer ?? { __type: "ResourceNotFoundException", message: "The specified log group does not exist." }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const logs: TestCloudWatch = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    streams: new Map(),
    calls: { DescribeLogStreams: 0, GetLogEvents: 0 },
    isDown: false,
    pageSize: 3,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };

  interface Asked {
    logGroupName: string;
    logStreamName?: string;
    logStreamNamePrefix?: string;
    nextToken?: string;
  }

  function describeStreams({ logGroupName, logStreamNamePrefix = "" }: Asked) {
    const own = [...logs.streams.keys()]
      .filter((key) => key.startsWith(`${logGroupName} `))
      .map((key) => key.slice(logGroupName.length + 1));
    if (own.length === 0) return null;
    return { logStreams: own.filter((name) => name.startsWith(logStreamNamePrefix)).map((logStreamName) => ({ logStreamName })) };
  }

  function getEvents({ logGroupName, logStreamName, nextToken }: Asked) {
    const events = logs.streams.get(`${logGroupName} ${logStreamName}`);
    if (!events) return null;
    const from = nextToken === undefined ? 0 : Number(nextToken.slice(2));
    const page = events.slice(from, from + logs.pageSize);
    return { events: page, nextForwardToken: `f/${from + page.length}`, nextBackwardToken: `b/${from}` };
  }
  return logs;
}
