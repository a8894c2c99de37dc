import { Duration, RemovalPolicy } from "aws-cdk-lib";
import { type EventPattern, Rule } from "aws-cdk-lib/aws-events";
import { SqsQueue } from "aws-cdk-lib/aws-events-targets";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { arnOf } from "./grants";
import { names } from "./names";

/** The longest that SQS keeps a message: so long may the dashboard be away and miss no end of a container. */
const retention = Duration.days(14);

/**
 * State changes of the platform's ECS tasks and Glue runs, in one queue that the dashboard reads. ECS forgets a stopped task after about an hour;
 * an event outlives that. The keys are SQS's own: EventBridge may not use a customer's key without a say in its policy.
 */
export class EventQueue extends Construct {
  readonly queue: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    const common = {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: retention,
      removalPolicy: RemovalPolicy.DESTROY,
    };
    const dead = new Queue(this, "Dead", { ...common, queueName: names.deadEventQueue });
    this.queue = new Queue(this, "Queue", {
      ...common,
      queueName: names.eventQueue,
      visibilityTimeout: Duration.seconds(60),
      receiveMessageWaitTime: Duration.seconds(20),
      // As often as SQS allows: while the ledger or Glue is away a message comes back every minute, and only one that nobody can ever write is to leave.
      deadLetterQueue: { queue: dead, maxReceiveCount: 1000 },
    });
    this.rule("TaskChanges", "State changes of the extractor's tasks", {
      source: ["aws.ecs"],
      detailType: ["ECS Task State Change"],
      detail: { clusterArn: [arnOf(this, "ecs", `cluster/${names.cluster}`)] },
    });
    this.rule("JobRunChanges", "State changes of the load's runs", {
      source: ["aws.glue"],
      detailType: ["Glue Job State Change", "Glue Job Run Status"],
      detail: { jobName: [names.loadJob] },
    });
  }

  private rule(id: string, description: string, eventPattern: EventPattern): void {
    new Rule(this, id, { description, eventPattern, targets: [new SqsQueue(this.queue)] });
  }
}
