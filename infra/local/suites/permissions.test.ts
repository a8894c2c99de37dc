import { expect, test } from "vitest";
import { permissionDifferences } from "./permissions";

const reader = "arn:aws:iam::123456789012:role/penstock-dashboard-reader-eu-west-1";
const operator = "arn:aws:iam::123456789012:role/penstock-dashboard-operator-eu-west-1";
const tasks = "arn:aws:ecs:eu-west-1:123456789012:task/penstock/*";
const text = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join("");
const grant = (role: string, action: string, resource: string) => ({ role, action, resource });

const grants = [
  grant(reader, "ecs:ListTasks", "*"),
  grant(reader, "ecs:DescribeTasks", tasks),
  grant(operator, "airflow:InvokeRestApi", "User"),
];
const granted = text(
  ...grants,
  grant(reader, "rds-db:connect", "dbuser:db/penstock_dashboard"),
  grant("arn:aws:iam::123456789012:role/penstock-dashboard-eu-west-1", "sts:AssumeRole", reader),
);
const seen = (of: object, outcome = "allowed", session = "penstock") => ({ ...of, session, outcome });
const all = grants.map((each) => seen(each));

test("roles that did all that they may do, and nothing else, differ in nothing", () => {
  expect(permissionDifferences(granted, text(...all))).toEqual([]);
});

test("a permission that nothing used is named with its role; what the doctor tried does not count", () => {
  const tried = seen(grant(reader, "ecs:DescribeTasks", tasks), "allowed", "penstock-doctor");
  expect(permissionDifferences(granted, text(...all.slice(0, 1), tried, ...all.slice(2)))).toEqual([
    `penstock-dashboard-reader-eu-west-1 may ecs:DescribeTasks on ${tasks}, and nothing called it`,
  ]);
});

test("an action that was used on one resource does not make up for another", () => {
  const other = tasks.replace("/penstock/", "/other/");
  expect(permissionDifferences(granted + text(grant(reader, "ecs:DescribeTasks", other)), text(...all))).toEqual([
    `penstock-dashboard-reader-eu-west-1 may ecs:DescribeTasks on ${other}, and nothing called it`,
  ]);
});

test("a call that no policy allows is named; one that a test denied is not", () => {
  const recorded = text(
    ...all,
    seen(grant(reader, "glue:GetJob", "job/load"), "refused"),
    seen(grant(reader, "ecs:ListTasks", "*"), "denied"),
  );
  expect(permissionDifferences(granted, recorded)).toEqual([
    "penstock-dashboard-reader-eu-west-1 called glue:GetJob on job/load, and no policy allows it",
  ]);
});

test("an account without the roles is no agreement", () => {
  expect(permissionDifferences("", "")).toHaveLength(1);
});
