import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { checkedApp } from "../checks";
import { PenstockStack, type Stage } from "../penstock-stack";

const small: Stage = {
  network: { cidr: "10.40.0.0/16", natGateways: 1, sourcePorts: [1433, 5432] },
  extractor: { cpu: 512, memoryMiB: 1024 },
  load: { workers: 2, maxConcurrentRuns: 4 },
  airflow: { version: "3.2.1", environmentClass: "mw1.small", minWorkers: 1, maxWorkers: 3, webserverAccess: "PRIVATE_ONLY" },
  warehouse: {
    instanceType: ec2.InstanceType.of(ec2.InstanceClass.T4G, ec2.InstanceSize.MEDIUM),
    storageGiB: 50,
    maxStorageGiB: 200,
    multiAz: true,
    backupDays: 7,
  },
  logRetention: RetentionDays.THREE_MONTHS,
  archiveAfterDays: 90,
  quarantineDays: 90,
  passwordRotationDays: 30,
  drills: true,
  fxUrl: "https://fx.example.com",
  dashboardPrincipals: [],
};

/** `demo` is what the local platform seeds itself from; choose another with `-c stage=production`. */
const stages: Record<string, Stage> = {
  demo: small,
  production: {
    ...small,
    network: { ...small.network, natGateways: 2 },
    airflow: { ...small.airflow, environmentClass: "mw1.medium", minWorkers: 2, maxWorkers: 10 },
    warehouse: {
      ...small.warehouse,
      instanceType: ec2.InstanceType.of(ec2.InstanceClass.R7G, ec2.InstanceSize.LARGE),
      storageGiB: 200,
      maxStorageGiB: 2000,
      backupDays: 35,
    },
    logRetention: RetentionDays.ONE_YEAR,
    drills: false,
  },
};

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const app = checkedApp(resolve(process.env.CDK_OUTDIR ?? join(repository, "cdk.out")));

const stageName: string = app.node.tryGetContext("stage") ?? "demo";
const stage = stages[stageName];
if (!stage) {
  throw new Error(`There is no stage "${stageName}": choose one of ${Object.keys(stages).join(", ")}`);
}
const fxUrl: string = app.node.tryGetContext("fxUrl") ?? stage.fxUrl;
const dashboardPrincipal: string | undefined = app.node.tryGetContext("dashboardPrincipal");

const wheelsLock = readFileSync(join(repository, "extractor/glue/wheels.lock"));
const wheelsDigest = createHash("sha256").update(wheelsLock).digest("hex").slice(0, 16);
const wheelsFolder = join(".local/wheels", wheelsDigest);
const hasWheels = existsSync(join(repository, wheelsFolder));
if (stageName === "production" && !hasWheels) {
  throw new Error(
    `The load job needs its wheels, and making them needs an index: python3.11 extractor/glue/package.py ${wheelsFolder} --wheels`,
  );
}

new PenstockStack(app, "Penstock", {
  description: "Penstock: extractor on ECS, load on Glue, Airflow on MWAA, warehouse on RDS",
  stage: { ...stage, fxUrl, dashboardPrincipals: dashboardPrincipal ? [dashboardPrincipal] : stage.dashboardPrincipals },
  repository,
  wheelsFolder: hasWheels ? join(repository, wheelsFolder) : undefined,
  wheelsDigest,
});
app.synth();
