import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { serveControl } from "./control";
import { type Part, Supervisor } from "./supervisor";

let server: Server;
let denied: object[];
let supervisor: Supervisor;
let end: (how: string) => void;
let starts: number;
let ends: string[];

beforeEach(async () => {
  starts = 0;
  ends = [];
  supervisor = new Supervisor("/nowhere");
  supervisor.add({
    name: "fx",
    port: 8795,
    async start(add) {
      starts += 1;
      const part = (how: string) => async () => {
        ends.push(how);
        end("exit code 0");
      };
      const exited = new Promise<string>((resolve) => {
        end = resolve;
      });
      add({ name: "fx", pid: 4242, exited, stop: part("stop"), kill: part("kill") } satisfies Part);
    },
  });
  supervisor.add({ name: "aws", port: 4566, start: () => Promise.reject(new Error("no template")) });
  denied = [];
  server = await serveControl(supervisor, 0, "secret", null, (denials) => {
    denied = denials;
  });
});
afterEach(() => new Promise((closed) => server.close(closed)));

async function call(method: string, path: string, token = "secret", body?: unknown) {
  const { port } = server.address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe("the control API", () => {
  test("nothing is told or done without the token", async () => {
    expect((await call("GET", "/state", "guess1")).status).toBe(401);
    expect((await call("POST", "/services/fx/start", "")).status).toBe(401);
    expect(starts).toBe(0);
  });

  test("actions are denied until the list is empty, and a list that says nothing is refused", async () => {
    const wanted = [{ action: "ecs:DescribeTasks", role: "penstock-dashboard-reader" }];
    expect((await call("PUT", "/denials", "secret", wanted)).status).toBe(200);
    expect(denied).toEqual(wanted);
    expect((await call("PUT", "/denials", "secret", [{ actions: "*" }])).status).toBe(422);
    expect((await call("PUT", "/denials", "guess1", [])).status).toBe(401);
    expect(denied).toEqual(wanted);
    await call("PUT", "/denials", "secret", []);
    expect(denied).toEqual([]);
  });

  test("start, kill and start again; a ready service is not started twice", async () => {
    expect((await call("POST", "/services/fx/start")).body).toMatchObject({ name: "fx", status: "ready", pids: [4242] });
    await call("POST", "/services/fx/start");
    expect(starts).toBe(1);
    expect((await call("POST", "/services/fx/kill")).body).toMatchObject({ status: "stopped", pids: [] });
    await call("POST", "/services/fx/start");
    expect({ starts, ends }).toEqual({ starts: 2, ends: ["kill"] });
  });

  test("an end that nobody asked for is printed, shown, and not repaired in silence", async () => {
    const told = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await call("POST", "/services/fx/start");
    end("signal SIGKILL");
    await vi.waitFor(async () => {
      const { services } = (await call("GET", "/state")).body as { services: object[] };
      expect(services[0]).toMatchObject({ status: "failed", reason: "fx ended unexpectedly (signal SIGKILL)" });
    });
    expect(told.mock.calls.join("")).toContain("fx ended unexpectedly");
    told.mockRestore();
    expect(starts).toBe(1);
  });

  test("a start that fails answers with its reason", async () => {
    const { status, body } = await call("POST", "/services/aws/start");
    expect(status).toBe(409);
    expect(body).toMatchObject({ status: "failed", reason: "no template" });
  });

  test("an unknown service is named with those that exist", async () => {
    expect(await call("POST", "/services/warehouse/stop")).toMatchObject({
      status: 404,
      body: { error: "no service warehouse; there are fx, aws" },
    });
    expect((await call("POST", "/services/fx/explode")).status).toBe(404);
  });

  test("stopping everything keeps to the order of its waves", async () => {
    await supervisor.start("fx");
    await supervisor.stopAll([["fx"], ["aws", "ledger"]]);
    expect(ends).toEqual(["stop"]);
    expect(supervisor.states().map((each) => each.status)).toEqual(["stopped", "stopped"]);
  });
});
