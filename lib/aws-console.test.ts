import { describe, expect, test } from "vitest";
import {
  airflowSignInUrl,
  airflowTaskUrl,
  ecsTaskUrl,
  glueRunUrl,
  isRegion,
  logStreamsUrl,
  logStreamUrl,
  mwaaEnvironmentUrl,
  regionOfArn,
  taskDefinitionUrl,
} from "./aws-console";

const arn = "arn:aws:ecs:eu-west-1:123456789012:task/ingestion/7c1f0a5be2d94f0d8c0bb2d0";

describe("pages of the AWS console", () => {
  test("an ECS task and its definition, in each partition", () => {
    expect(ecsTaskUrl("eu-west-1", "ingestion", arn)).toBe(
      "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/ingestion/tasks/7c1f0a5be2d94f0d8c0bb2d0?region=eu-west-1",
    );
    expect(ecsTaskUrl("cn-north-1", "ingestion", arn)).toMatch(/^https:\/\/cn-north-1\.console\.amazonaws\.cn\/ecs\/v2\//);
    expect(ecsTaskUrl("us-gov-west-1", "ingestion", arn)).toMatch(/^https:\/\/us-gov-west-1\.console\.amazonaws-us-gov\.com\/ecs\/v2\//);
    expect(taskDefinitionUrl("eu-west-1", "extractor:42")).toBe(
      "https://eu-west-1.console.aws.amazon.com/ecs/v2/task-definitions/extractor/42?region=eu-west-1",
    );
    expect(taskDefinitionUrl("eu-west-1", "arn:aws:ecs:eu-west-1:1:task-definition/extractor:42")).toContain("/extractor/42?");
  });

  // The form of GlueJobRunDetailsLink in apache-airflow-providers-amazon.
  test("a Glue run, as Airflow's own extra link has it", () => {
    expect(glueRunUrl("us-east-1", "sales load/1", "jr_ab12")).toBe(
      "https://us-east-1.console.aws.amazon.com/gluestudio/home?region=us-east-1#/job/sales%20load%2F1/run/jr_ab12",
    );
  });

  test("a log stream: what stands behind # is encoded twice, with $ for %", () => {
    expect(logStreamUrl("eu-west-1", "/ecs/extractor", "ecs/extractor/7c1f")).toBe(
      "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Fecs$252Fextractor/log-events/ecs$252Fextractor$252F7c1f",
    );
    expect(logStreamUrl("eu-west-1", "g", "dag_id=a/run_id=scheduled__2026-11-22T00_00_00+00_00/attempt=1.log", 1763798400000)).toBe(
      "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/g/log-events/dag_id$253Da$252Frun_id$253Dscheduled__2026-11-22T00_00_00$252B00_00$252Fattempt$253D1.log$3Fstart$3D1763798400000",
    );
  });

  test("the streams of a Glue run, whose names begin with its id", () => {
    expect(logStreamsUrl("eu-west-1", "/aws-glue/jobs/error", "jr_ab12")).toBe(
      "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/$252Faws-glue$252Fjobs$252Ferror$3FlogStreamNameFilter$3Djr_ab12",
    );
  });

  test("whatever a stream is called, the console reads its name back", () => {
    for (const name of ["a/b", "100%", "$latest]", "é 漢字", "a&b=c#d?e", "[$LATEST]$252F", "+ +"]) {
      const place = new URL(logStreamUrl("eu-west-1", name, name)).hash.split("/log-group/")[1] ?? "";
      const [group = "", stream = ""] = place.split("/log-events/");
      for (const part of [group, stream]) expect(decodeURIComponent(decodeURIComponent(part.replaceAll("$", "%")))).toBe(name);
    }
  });

  test("MWAA: the environment, and its Airflow through the console's sign-in", () => {
    expect(mwaaEnvironmentUrl("eu-west-1", "data-platform")).toBe(
      "https://eu-west-1.console.aws.amazon.com/mwaa/home?region=eu-west-1#environments/data-platform",
    );
    expect(airflowSignInUrl("eu-west-1", "data-platform")).toMatch(/#environments\/data-platform\/sso$/);
  });

  test("the task instance in Airflow 2 and 3, mapped or not", () => {
    const task = {
      pipeline: "sales daily",
      runId: "scheduled__2026-11-22T06:15:00+00:00",
      taskId: "extract.orders",
      mapIndex: -1,
      tryNumber: 2,
    };
    const web = "a1b2.c3.eu-west-1.airflow.amazonaws.com";
    expect(airflowTaskUrl(web, "3.0.6", task)).toBe(
      `https://${web}/dags/sales%20daily/runs/scheduled__2026-11-22T06%3A15%3A00%2B00%3A00/tasks/extract.orders?try_number=2`,
    );
    expect(airflowTaskUrl(`https://${web}/`, "3.2.0", { ...task, mapIndex: 7 })).toContain("/tasks/extract.orders/mapped/7?try_number=2");
    expect(airflowTaskUrl(web, "2.10.3", { ...task, mapIndex: 7 })).toBe(
      `https://${web}/dags/sales%20daily/grid?dag_run_id=scheduled__2026-11-22T06%3A15%3A00%2B00%3A00&task_id=extract.orders&map_index=7&tab=logs`,
    );
    expect(airflowTaskUrl(web, null, task)).toContain("/grid?");
  });

  test("only a region may stand in a host name", () => {
    for (const region of ["eu-west-1", "us-gov-west-1", "cn-northwest-1", "ap-southeast-4", "us-iso-east-1"])
      expect(isRegion(region)).toBe(true);
    for (const text of ["", "eu-west-1.evil.com", "eu-west-1/", "EU-WEST-1", "local"]) expect(isRegion(text)).toBe(false);
    expect(regionOfArn(arn)).toBe("eu-west-1");
    expect(regionOfArn("arn:aws:ecs:x@evil.com:1:task/a/b")).toBeNull();
  });
});
