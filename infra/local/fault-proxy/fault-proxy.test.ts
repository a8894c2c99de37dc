import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { serveControl } from "../control";
import { parseOptions } from "../options";
import { Supervisor } from "../supervisor";
import { type FaultProxy, startFaultProxy } from "./http-proxy";
import { faults } from "./service";

let upstream: Server;
let proxy: FaultProxy;
let seen: string[];

beforeEach(async () => {
  seen = [];
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      seen.push(Buffer.concat(chunks).toString());
      const isSts = request.headers["content-type"] === "application/x-www-form-urlencoded";
      response.end(isSts ? "<AccessKeyId>ASIA1</AccessKeyId>" : JSON.stringify({ taskArns: ["arn"], count: 1 }));
    });
  });
  await new Promise<void>((ready) => upstream.listen(0, "127.0.0.1", ready));
  proxy = await startFaultProxy({ upstream: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` });
});
afterEach(async () => {
  await proxy.stop();
  upstream.closeAllConnections();
  await new Promise((done) => upstream.close(done));
});

const signed = (service: string, region = "eu-west-1", key = "AKIA") => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261122/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});
const ask = (headers: Record<string, string>, body = "{}", path = "/") => fetch(`${proxy.url}${path}`, { method: "POST", headers, body });
const ecs = (operation: string, region?: string, key?: string) =>
  ask({ ...signed("ecs", region, key), "x-amz-target": `AmazonEC2ContainerServiceV20141113.${operation}` });

it("without rules passes everything on, and counts what was asked", async () => {
  expect(await (await ecs("ListTasks")).json()).toEqual({ taskArns: ["arn"], count: 1 });
  await ecs("ListTasks");
  await ask(signed("airflow"), '{"Method":"GET","Path":"/dags"}', "/restapi/penstock");
  expect(proxy.takeCalls()).toEqual([
    { service: "ecs", operation: "ListTasks", count: 2 },
    { service: "airflow", operation: "InvokeRestApi", count: 1 },
  ]);
  expect(proxy.takeCalls()).toEqual([]);
});

describe("a rule", () => {
  it("meets its own service, operation, path, region and number of requests, and nothing else", async () => {
    const airflow = (path: string) => ask(signed("airflow"), JSON.stringify({ Method: "GET", Path: path }), "/restapi/penstock");
    proxy.set([
      { service: "ecs", operation: "DescribeTasks", region: "eu-west-1", fault: "503", times: 1 },
      { service: "airflow", path: "/dags/~/dagRuns", fault: "500" },
    ]);
    expect((await ecs("ListTasks")).status).toBe(200);
    expect((await ecs("DescribeTasks", "us-east-1")).status).toBe(200);
    expect((await ecs("DescribeTasks")).status).toBe(503);
    expect((await ecs("DescribeTasks")).status).toBe(200);
    expect((await airflow("/dags")).status).toBe(200);
    expect((await airflow("/dags/~/dagRuns/~/taskInstances")).status).toBe(500);
    proxy.clear();
    expect((await airflow("/dags/~/dagRuns")).status).toBe(200);
  });

  it("knows an account by the keys that were handed out for it", async () => {
    const form = "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Fpenstock";
    await ask({ ...signed("sts"), "content-type": "application/x-www-form-urlencoded" }, form);
    proxy.set([{ service: "ecs", account: "210987654321", fault: "503" }]);
    expect((await ecs("ListTasks")).status).toBe(200);
    expect((await ecs("ListTasks", "eu-west-1", "ASIA1")).status).toBe(503);
  });
});

it("asks for a page whose token it repeats as if it were the first", async () => {
  proxy.set([{ service: "ecs", fault: "repeated-token" }]);
  const target = { ...signed("ecs"), "x-amz-target": "x.ListTasks" };
  expect(await (await ask(target, '{"cluster":"c","nextToken":"repeated"}')).json()).toMatchObject({ nextToken: "repeated" });
  expect(seen).toEqual(['{"cluster":"c"}']);
});

it("changes the types of an answer and nothing else of it", async () => {
  proxy.set([{ service: "ecs", fault: "wrong-types" }]);
  expect(await (await ecs("ListTasks")).json()).toEqual({ taskArns: [12_345], count: "twelve" });
});

describe("the control API", () => {
  let control: Server;
  const call = async (method: string, path: string, body?: unknown) => {
    const { port } = control.address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { authorization: "Bearer secret" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as object };
  };
  afterEach(() => new Promise((closed) => control.close(closed)));

  it("sets, clears and tells faults of a test platform; a rule that means nothing is refused", async () => {
    const made = faults(parseOptions("/nowhere", ["--test"], {}));
    const told: unknown[] = [];
    control = await serveControl(new Supervisor("/nowhere"), 0, "secret", {
      ...made,
      set: async (rules) => void told.push(rules),
      takeCalls: () => [{ service: "ecs", operation: "ListTasks", count: 3 }],
    });
    const rules = [
      { service: "ecs", fault: "html" },
      { service: "warehouse", fault: "refuse" },
    ];
    expect(await call("PUT", "/faults", rules)).toEqual({ status: 200, body: { faults: rules } });
    expect((await call("PUT", "/faults", [{ service: "ecs", fault: "earthquake" }])).status).toBe(422);
    expect((await call("DELETE", "/faults")).status).toBe(200);
    expect(told).toEqual([rules, []]);
    expect((await call("GET", "/faults/calls")).body).toEqual({ calls: [{ service: "ecs", operation: "ListTasks", count: 3 }] });
  });

  it("of the demo knows no faults", async () => {
    control = await serveControl(new Supervisor("/nowhere"), 0, "secret");
    expect((await call("PUT", "/faults", [])).status).toBe(404);
  });
});
