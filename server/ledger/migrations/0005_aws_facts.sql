CREATE TABLE "task_definition" (
	"environment" text NOT NULL,
	"name" text NOT NULL,
	"definition" jsonb NOT NULL,
	"registered_at" timestamp with time zone,
	"seen_at" timestamp with time zone NOT NULL,
	CONSTRAINT "task_definition_environment_name_pk" PRIMARY KEY("environment","name")
);
--> statement-breakpoint
DROP INDEX "glue_run_open";--> statement-breakpoint
DROP INDEX "glue_run_loose";--> statement-breakpoint
ALTER TABLE "ecs_task" ADD COLUMN "containers" jsonb;--> statement-breakpoint
ALTER TABLE "ecs_task" ADD COLUMN "claim" jsonb;--> statement-breakpoint
ALTER TABLE "ecs_task" ADD COLUMN "stopping_at" timestamp (6) with time zone;--> statement-breakpoint
ALTER TABLE "ecs_task" ADD COLUMN "execution_stopped_at" timestamp (6) with time zone;--> statement-breakpoint
ALTER TABLE "ecs_task" ADD COLUMN "is_described" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "ecs_task" ADD COLUMN "usage" jsonb;--> statement-breakpoint
ALTER TABLE "ecs_task" ADD COLUMN "usage_read_at" timestamp (6) with time zone;--> statement-breakpoint
ALTER TABLE "ecs_task" ADD COLUMN "is_measured" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "glue_run" ADD COLUMN "claim" jsonb;--> statement-breakpoint
ALTER TABLE "glue_run" ADD COLUMN "state_detail" text;--> statement-breakpoint
ALTER TABLE "glue_run" ADD COLUMN "metrics" jsonb;--> statement-breakpoint
ALTER TABLE "glue_run" ADD COLUMN "metrics_read_at" timestamp (6) with time zone;--> statement-breakpoint
ALTER TABLE "glue_run" ADD COLUMN "is_measured" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "glue_run" ADD COLUMN "missing_since" timestamp (6) with time zone;--> statement-breakpoint
CREATE INDEX "task_definition_by_time" ON "task_definition" USING btree ("environment","registered_at");--> statement-breakpoint
CREATE INDEX "ecs_task_unmeasured" ON "ecs_task" USING btree ("environment","stopped_at") WHERE not is_measured;--> statement-breakpoint
CREATE INDEX "glue_run_unmeasured" ON "glue_run" USING btree ("environment","completed_at") WHERE not is_measured;--> statement-breakpoint
CREATE INDEX "glue_run_open" ON "glue_run" USING btree ("environment") WHERE missing_since is null and state not in ('SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED');--> statement-breakpoint
CREATE INDEX "glue_run_loose" ON "glue_run" USING btree ("environment","started_at") WHERE joined_by is null or joined_by in ('started_by', 'time');