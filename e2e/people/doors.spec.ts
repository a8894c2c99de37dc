import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { ActivityPage } from "@/lib/schemas/activity";
import { Problem } from "@/lib/schemas/problem";
import { listRunIds } from "../airflow";
import { call, runEnded, trigger } from "../api";
import { expect, test } from "../fixtures";

interface Door {
  path: string;
  method: string;
}

/** Every page and each method of every route of the app, parameters filled in, read from the files that define them. */
function everyDoor(): Door[] {
  return readdirSync("app", { recursive: true, encoding: "utf8" })
    .filter((file) => /(^|\/)(page\.tsx|route\.ts)$/.test(file))
    .flatMap((file) => {
      const parts = path.dirname(file).split("/");
      const named = parts.filter((part) => !/^\(.*\)$/.test(part) && part !== ".").map((part) => (part.startsWith("[") ? "x" : part));
      return methodsOf(file).map((method) => ({ path: `/${named.join("/")}`, method }));
    });
}

function methodsOf(file: string): string[] {
  if (file.endsWith("page.tsx")) return ["GET"];
  const source = readFileSync(path.join("app", file), "utf8");
  return ["GET", "POST", "PUT", "PATCH", "DELETE"].filter((method) => new RegExp(`\\b${method}\\b`).test(source));
}

const open = (route: string) =>
  route === "/login" || route.startsWith("/api/auth") || route === "/api/health" || route.startsWith("/embed");

test("an anonymous request gets nothing beyond the open doors", async () => {
  const doors = everyDoor().filter(({ path }) => !open(path));
  expect(doors.length).toBeGreaterThan(15);
  for (const { path: route, method } of doors) {
    const response = await call(null, route, { method });
    if (route.startsWith("/api/") || route === "/metrics") {
      expect(response.status, route).toBe(401);
      expect(Problem.parse(await response.json()).title, route).not.toBe("");
    } else {
      expect([302, 303, 307, 308], `${route} ${response.status}`).toContain(response.status);
      expect(response.headers.get("location"), route).toContain("/login");
      expect(await response.text(), route).not.toContain("sales_daily");
    }
  }
  for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
    expect((await call(null, "/api/pipelines/local/sales_daily/runs", { method })).status, method).toBeGreaterThanOrEqual(400);
  }
  expect((await call(null, "/api/health")).status).toBe(200);
});

test("a forged or malformed token opens nothing, even beside a session", async ({ signInAs }) => {
  const page = await signInAs("operator");
  for (const authorization of ["Bearer nonsense", "Bearer ", "Basic b3BlcmF0b3I6eA=="]) {
    const status = await page.evaluate(
      async (header) => (await fetch("/api/status", { headers: { authorization: header } })).status,
      authorization,
    );
    expect(status, authorization).toBe(401);
  }
});

test("a viewer's trigger is refused and written down", async () => {
  const before = await listRunIds("sales_daily");
  const response = await trigger("viewer", "sales_daily");
  expect(response.status).toBe(403);
  const malformed = await call("viewer", "/api/pipelines/local/sales_daily/runs", { method: "POST", body: "not json" });
  expect(malformed.status, "who may not trigger learns nothing of what is wrong with the request").toBe(403);
  const activity = ActivityPage.parse(await (await call("admin", "/api/activity?limit=50")).json());
  expect(activity.items).toContainEqual(expect.objectContaining({ action: "run.trigger", outcome: "denied", role: "viewer" }));
  expect(await listRunIds("sales_daily")).toEqual(before);
});

test("twenty parallel triggers with one idempotency key make one run", async () => {
  const before = new Set(await listRunIds("orders_faults"));
  const key = randomUUID();
  const answers = await Promise.all(Array.from({ length: 20 }, () => trigger("operator", "orders_faults", { fault: "none" }, key)));
  const bodies = await Promise.all(answers.map((answer) => answer.json() as Promise<{ runId: string }>));
  expect(new Set(bodies.map((body) => body.runId)).size).toBe(1);
  expect(answers.filter((answer) => answer.status === 201)).toHaveLength(1);
  expect(answers.every((answer) => [200, 201, 202].includes(answer.status))).toBe(true);
  expect((await listRunIds("orders_faults")).filter((id) => !before.has(id))).toEqual([`penstock__${key}`]);

  const other = await trigger("operator", "orders_faults", { fault: "db_lock" }, key);
  expect(other.status).toBe(422);
  await runEnded("orders_faults", `penstock__${key}`, "success");
  expect((await trigger("operator", "orders_faults", { fault: "none" }, key)).status).toBe(200);
});

test("a write with a cookie needs the dashboard's own origin", async ({ signInAs }) => {
  const page = await signInAs("operator");
  const cookies = (await page.context().cookies()).map((cookie) => `${cookie.name}=${cookie.value}`).join("; ");
  for (const origin of [undefined, "https://evil.example"]) {
    const response = await call(null, "/api/pipelines/local/sales_daily/runs", {
      method: "POST",
      headers: { cookie: cookies, "idempotency-key": randomUUID(), ...(origin ? { origin } : {}) },
      body: JSON.stringify({ params: {} }),
    });
    expect(response.status, `${origin}`).toBe(403);
  }
});
