import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { attemptCommands } from "./attempt-commands";
import type { Attempt, AwsPlace } from "./schemas/attempt";

const place: AwsPlace = {
  region: "eu-west-1",
  mwaaName: "data-platform",
  webserverUrl: null,
  airflowVersion: "2.10.3",
  publicUrl: "https://penstock.example.com",
  isAt: "aws",
  endpointUrl: null,
  logs: [
    { source: "container", word: "the container", group: "/ecs/x", stream: "x/x/7c1f", isPrefix: false },
    { source: "glue", word: "Glue", group: "/aws-glue/jobs/error", stream: "jr_1", isPrefix: true },
  ],
};
const attempt = {
  id: "ab12",
  pipeline: "sales",
  runId: "r",
  taskId: "load",
  mapIndex: -1,
  ecsTask: { taskArn: "arn:aws:ecs:eu-west-1:1:task/c/7c1f", cluster: "c", taskDefinition: "x:42" },
  glueRun: { jobName: "job's", jobRunId: "jr_1" },
} as Attempt;
const of = (given: Partial<Attempt> = {}) => attemptCommands({ ...attempt, ...given }, place).map(({ text }) => text);

describe("commands for what is shown", () => {
  test("read the task, its definition, the Glue run, the logs, the task instance and Penstock's own answer", () => {
    expect(of()).toEqual([
      "aws ecs describe-tasks --region eu-west-1 --cluster c --tasks arn:aws:ecs:eu-west-1:1:task/c/7c1f",
      "aws ecs describe-task-definition --region eu-west-1 --task-definition x:42",
      "aws glue get-job-run --region eu-west-1 --job-name 'job'\\''s' --run-id jr_1",
      "aws logs get-log-events --region eu-west-1 --log-group-name /ecs/x --log-stream-name x/x/7c1f --start-from-head",
      "aws logs filter-log-events --region eu-west-1 --log-group-name /aws-glue/jobs/error --log-stream-name-prefix jr_1",
      "aws mwaa invoke-rest-api --region eu-west-1 --name data-platform --method GET --path /dags/sales/dagRuns/r/taskInstances/load",
      'curl -sS -H "Authorization: Bearer $PENSTOCK_TOKEN" https://penstock.example.com/api/attempts/ab12',
      "curl -sS -H \"Authorization: Bearer $PENSTOCK_TOKEN\" 'https://penstock.example.com/api/attempts/ab12/log?limit=2000'",
    ]);
  });

  test("a path longer than MWAA takes becomes the batch call, whose body a shell hands over whole", () => {
    const runId = "scheduled__2026-11-22T06:15:00+00:00' $(id)";
    const [command = ""] = of({ runId, ecsTask: null, glueRun: null }).filter((text) => text.startsWith("aws mwaa"));
    expect(command).toContain("--path '/dags/~/dagRuns/~/taskInstances/list'");
    const read = execFileSync("sh", ["-c", `aws() { for word in "$@"; do last="$word"; done; printf %s "$last"; }; ${command}`], {
      encoding: "utf8",
    });
    expect(JSON.parse(read)).toEqual({ dag_ids: ["sales"], dag_run_ids: [runId], task_ids: ["load"] });
  });

  test("where another address answers for AWS, the commands go there", () => {
    const [first] = attemptCommands(attempt, { ...place, isAt: "platform", endpointUrl: "http://127.0.0.1:4566" });
    expect(first?.text).toContain("describe-tasks --region eu-west-1 --endpoint-url http://127.0.0.1:4566 --cluster");
  });
});
