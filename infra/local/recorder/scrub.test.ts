import { hostname } from "node:os";
import { expect, test } from "vitest";
import { scrubber } from "./scrub";

const places = { root: "/home/me/penstock", state: "/home/me/penstock/.local/airflow-test/2.11.2" };
const glue = `jr_${"a1".repeat(32)}`;
const arn = `arn:aws:ecs:eu-west-1:123456789012:task/penstock/${"b2".repeat(16)}`;

test("nothing of the machine stays, and what refers to one another still does", () => {
  const answer = {
    fileloc: `${places.state}/dags/sales_daily.py`,
    file_token: "Ii9ob21lIg.signature",
    hostname: hostname(),
    pid: 4711,
    rendered: `http://127.0.0.1:22001 ${glue}`,
    arns: [arn, arn.replaceAll("b2", "c3"), arn],
    xcom: glue,
    number: 3,
    nothing: null,
  };
  const scrubbed = scrubber(places)(answer);
  const text = JSON.stringify(scrubbed);
  for (const secret of ["/home/me", "signature", "4711", "22001", "a1a1", "b2b2"]) expect(text).not.toContain(secret);
  expect(scrubbed.hostname).toBe("worker");
  expect(scrubbed.fileloc).toBe("/usr/local/airflow/dags/sales_daily.py");
  expect(scrubbed.rendered).toBe(`http://127.0.0.1 ${scrubbed.xcom}`);
  expect(scrubbed.xcom).toMatch(/^jr_[0-9a-f]{64}$/);
  expect(scrubbed.arns[0]).toMatch(/:task\/penstock\/[0-9a-f]{32}$/);
  expect(scrubbed.arns[2]).toBe(scrubbed.arns[0]);
  expect(scrubbed.arns[1]).not.toBe(scrubbed.arns[0]);
  expect([scrubbed.number, scrubbed.nothing]).toEqual([3, null]);
});
