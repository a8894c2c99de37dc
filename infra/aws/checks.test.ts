import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Stack } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkedApp } from "./checks";
import { give } from "./grants";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "penstock-checks-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test("stops a synthesis with a finding that nobody accepted", { timeout: 120_000 }, () => {
  const app = checkedApp(folder);
  new Bucket(new Stack(app, "Careless"), "Open");
  expect(() => app.synth()).toThrow("AwsSolutions-S10");
});

test("refuses a grant with a wildcard that has no reason, and names it", () => {
  const stack = new Stack();
  const careless = new iam.Role(stack, "Role", { assumedBy: new iam.AccountRootPrincipal() });
  const grant = { sid: "ReadAll", actions: ["s3:GetObject"], resources: ["arn:aws:s3:::somewhere/*"] };
  expect(() => give(careless, [grant])).toThrow("Grant ReadAll of Default/Role reaches arn:aws:s3:::somewhere/*: say why");
  expect(() => give(careless, [{ ...grant, why: "for this test" }])).not.toThrow();
});
