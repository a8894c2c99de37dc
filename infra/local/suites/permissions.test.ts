import { expect, test } from "vitest";
import { permissionDifferences } from "./permissions";

const statement = (...actions: string[]) => actions.map((Action) => ({ Action, Effect: "Allow", Resource: "*" }));
const policy = (role: string, ...actions: string[]) => ({
  Type: "AWS::IAM::Policy",
  Properties: { Roles: [{ Ref: role }], PolicyDocument: { Statement: statement(...actions) } },
});
const role = (RoleName: string) => ({ Type: "AWS::IAM::Role", Properties: { RoleName } });
const template = JSON.stringify({
  Resources: {
    Reader: role("penstock-dashboard-reader"),
    Operator: role("penstock-dashboard-operator"),
    Service: role("penstock-dashboard"),
    Other: { Type: "AWS::S3::Bucket" },
    ReaderPolicy: policy("Reader", "ecs:ListTasks", "ecs:DescribeTasks", "rds-db:connect"),
    OperatorPolicy: policy("Operator", "airflow:InvokeRestApi"),
    ServicePolicy: policy("Service", "sts:AssumeRole"),
  },
});
const line = (name: string, action: string, outcome = "allowed", session = "penstock") =>
  JSON.stringify({ role: `arn:aws:iam::123456789012:role/penstock-dashboard-${name}`, session, action, resource: "*", outcome });
const all = [line("reader", "ecs:ListTasks"), line("reader", "ecs:DescribeTasks"), line("operator", "airflow:InvokeRestApi")];

test("roles that did all that they may do, and nothing else, differ in nothing", () => {
  expect(permissionDifferences(template, `${all.join("\n")}\n`)).toEqual([]);
});

test("a permission that nothing used is named with its role; what the doctor tried does not count", () => {
  const recorded = [all[0], line("reader", "ecs:DescribeTasks", "allowed", "penstock-doctor"), all[2]].join("\n");
  expect(permissionDifferences(template, recorded)).toEqual(["penstock-dashboard-reader may ecs:DescribeTasks, and nothing called it"]);
});

test("a call that no policy allows is named; one that a test denied is not", () => {
  const recorded = [...all, line("reader", "glue:GetJob", "refused"), line("reader", "ecs:ListTasks", "denied")].join("\n");
  expect(permissionDifferences(template, recorded)).toEqual(["penstock-dashboard-reader called glue:GetJob on *, and no policy allows it"]);
});

test("a template without the roles is no agreement", () => {
  expect(permissionDifferences(JSON.stringify({ Resources: {} }), "")).toHaveLength(1);
});
