CREATE TABLE "api_token" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"role" text NOT NULL,
	"token_hash" text NOT NULL,
	"created_at" timestamp (6) with time zone NOT NULL,
	"created_by" text NOT NULL,
	"expires_at" timestamp (6) with time zone,
	"revoked_at" timestamp (6) with time zone,
	"last_used_at" timestamp (6) with time zone
);
--> statement-breakpoint
CREATE TABLE "attempt" (
	"id" text PRIMARY KEY NOT NULL,
	"environment" text NOT NULL,
	"pipeline" text NOT NULL,
	"run_id" text NOT NULL,
	"task_id" text NOT NULL,
	"map_index" integer NOT NULL,
	"try_number" integer NOT NULL,
	"max_tries" integer,
	"is_latest" boolean NOT NULL,
	"state" text NOT NULL,
	"operator" text,
	"queued_at" timestamp (6) with time zone,
	"started_at" timestamp (6) with time zone,
	"ended_at" timestamp (6) with time zone,
	"cost_usd" numeric,
	"cost" jsonb,
	"xcom_read_at" timestamp (6) with time zone,
	"changed_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_event" (
	"seq" bigint PRIMARY KEY NOT NULL,
	"at" timestamp (6) with time zone NOT NULL,
	"user_id" text NOT NULL,
	"user_name" text NOT NULL,
	"role" text NOT NULL,
	"action" text NOT NULL,
	"environment" text,
	"target" text NOT NULL,
	"reason" text,
	"outcome" text NOT NULL,
	"detail" text,
	"intent_id" text,
	"suppressed" integer DEFAULT 0 NOT NULL,
	"previous_hash" text NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_head" (
	"id" integer PRIMARY KEY NOT NULL,
	"seq" bigint NOT NULL,
	"hash" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "change" (
	"id" bigserial PRIMARY KEY NOT NULL,
	"at" timestamp (6) with time zone NOT NULL,
	"keys" text[] NOT NULL
);
--> statement-breakpoint
CREATE TABLE "ecs_task" (
	"task_arn" text PRIMARY KEY NOT NULL,
	"environment" text NOT NULL,
	"attempt_id" text,
	"joined_by" text,
	"join_key" text,
	"started_by" text,
	"cluster" text NOT NULL,
	"task_definition" text NOT NULL,
	"last_status" text NOT NULL,
	"version" bigint NOT NULL,
	"stop_code" text,
	"stopped_reason" text,
	"container_name" text,
	"image" text,
	"image_digest" text,
	"exit_code" integer,
	"container_reason" text,
	"cpu_units" integer,
	"memory_mib" integer,
	"ephemeral_gib" integer,
	"architecture" text,
	"launch_type" text,
	"capacity_provider" text,
	"platform_family" text,
	"availability_zone" text,
	"log_group" text,
	"log_stream" text,
	"created_at" timestamp (6) with time zone,
	"pull_started_at" timestamp (6) with time zone,
	"pull_stopped_at" timestamp (6) with time zone,
	"started_at" timestamp (6) with time zone,
	"stopped_at" timestamp (6) with time zone,
	"missing_since" timestamp (6) with time zone,
	"changed_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "environment" (
	"name" text PRIMARY KEY NOT NULL,
	"mwaa_name" text,
	"region" text NOT NULL,
	"airflow_version" text,
	"status" text,
	"webserver_url" text,
	"task_log_group" text,
	"read_at" timestamp (6) with time zone
);
--> statement-breakpoint
CREATE TABLE "failure" (
	"attempt_id" text PRIMARY KEY NOT NULL,
	"class" text NOT NULL,
	"facts" text[] NOT NULL,
	"evidence" jsonb NOT NULL,
	"is_final" boolean NOT NULL,
	"classified_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "glue_run" (
	"environment" text NOT NULL,
	"job_name" text NOT NULL,
	"job_run_id" text NOT NULL,
	"attempt_id" text,
	"joined_by" text,
	"join_key" text,
	"state" text NOT NULL,
	"attempt" integer NOT NULL,
	"error_message" text,
	"glue_version" text,
	"worker_type" text,
	"number_of_workers" integer,
	"max_capacity_dpu" numeric,
	"execution_seconds" integer,
	"dpu_seconds" numeric,
	"execution_class" text,
	"timeout_minutes" integer,
	"log_group" text,
	"arguments" jsonb,
	"started_at" timestamp (6) with time zone,
	"modified_at" timestamp (6) with time zone,
	"completed_at" timestamp (6) with time zone,
	"changed_at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "glue_run_environment_job_name_job_run_id_pk" PRIMARY KEY("environment","job_name","job_run_id")
);
--> statement-breakpoint
CREATE TABLE "intent" (
	"id" text PRIMARY KEY NOT NULL,
	"action" text NOT NULL,
	"environment" text NOT NULL,
	"pipeline" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"user_id" text NOT NULL,
	"user_name" text NOT NULL,
	"role" text NOT NULL,
	"body_digest" text NOT NULL,
	"body" jsonb NOT NULL,
	"run_id" text NOT NULL,
	"reason" text,
	"outcome" text NOT NULL,
	"outcome_detail" text,
	"claimed_until" timestamp (6) with time zone,
	"created_at" timestamp (6) with time zone NOT NULL,
	"settled_at" timestamp (6) with time zone
);
--> statement-breakpoint
CREATE TABLE "join_hint" (
	"environment" text NOT NULL,
	"ref" text NOT NULL,
	"attempt_id" text NOT NULL,
	"owner" text,
	"seen_at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "join_hint_environment_ref_pk" PRIMARY KEY("environment","ref")
);
--> statement-breakpoint
CREATE TABLE "lease" (
	"name" text PRIMARY KEY NOT NULL,
	"holder" text NOT NULL,
	"epoch" bigint NOT NULL,
	"expires_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "pipeline" (
	"environment" text NOT NULL,
	"pipeline" text NOT NULL,
	"description" text,
	"runbook" text,
	"owners" text[] NOT NULL,
	"tags" text[] NOT NULL,
	"schedule" text,
	"is_paused" boolean NOT NULL,
	"is_gone" boolean DEFAULT false NOT NULL,
	"has_import_errors" boolean DEFAULT false NOT NULL,
	"next_run_at" timestamp (6) with time zone,
	"params" jsonb,
	"details_version" text,
	"read_at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "pipeline_environment_pipeline_pk" PRIMARY KEY("environment","pipeline")
);
--> statement-breakpoint
CREATE TABLE "run" (
	"environment" text NOT NULL,
	"pipeline" text NOT NULL,
	"run_id" text NOT NULL,
	"state" text NOT NULL,
	"type" text NOT NULL,
	"logical_date" timestamp (6) with time zone,
	"data_interval_start" timestamp (6) with time zone,
	"data_interval_end" timestamp (6) with time zone,
	"run_after" timestamp (6) with time zone,
	"queued_at" timestamp (6) with time zone,
	"started_at" timestamp (6) with time zone,
	"ended_at" timestamp (6) with time zone,
	"triggered_by" text,
	"conf" jsonb,
	"note" text,
	"sort_at" timestamp (6) with time zone NOT NULL,
	"is_gone" boolean DEFAULT false NOT NULL,
	"changed_at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "run_environment_pipeline_run_id_pk" PRIMARY KEY("environment","pipeline","run_id")
);
--> statement-breakpoint
CREATE TABLE "source_health" (
	"environment" text NOT NULL,
	"source" text NOT NULL,
	"succeeded_at" timestamp (6) with time zone,
	"attempted_at" timestamp (6) with time zone,
	"failed_since" timestamp (6) with time zone,
	"error" text,
	"cursor" jsonb,
	"calls_hour" timestamp (6) with time zone,
	"calls" bigint DEFAULT 0 NOT NULL,
	"stale_after_ms" integer DEFAULT 60000 NOT NULL,
	CONSTRAINT "source_health_environment_source_pk" PRIMARY KEY("environment","source")
);
--> statement-breakpoint
CREATE TABLE "table_check" (
	"environment" text NOT NULL,
	"table_name" text NOT NULL,
	"evidence" text NOT NULL,
	"evidence_detail" text NOT NULL,
	"loaded_at" timestamp (6) with time zone,
	"data_through" text,
	"error" text,
	"took_ms" integer,
	"checked_at" timestamp (6) with time zone NOT NULL,
	"succeeded_at" timestamp (6) with time zone,
	CONSTRAINT "table_check_environment_table_name_pk" PRIMARY KEY("environment","table_name")
);
--> statement-breakpoint
CREATE TABLE "table_load" (
	"environment" text NOT NULL,
	"run_key" text NOT NULL,
	"table_name" text NOT NULL,
	"join_key" text,
	"attempt_id" text,
	"glue_run_id" text,
	"rows_read" bigint,
	"rows_inserted" bigint,
	"rows_updated" bigint,
	"rows_rejected" bigint,
	"data_through" text,
	"started_at" timestamp (6) with time zone,
	"finished_at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "table_load_environment_run_key_table_name_pk" PRIMARY KEY("environment","run_key","table_name")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "api_token_hash" ON "api_token" USING btree ("token_hash");--> statement-breakpoint
CREATE UNIQUE INDEX "attempt_key" ON "attempt" USING btree ("environment","pipeline","run_id","task_id","map_index","try_number");--> statement-breakpoint
CREATE INDEX "attempt_by_state" ON "attempt" USING btree ("state","changed_at" DESC NULLS LAST);--> statement-breakpoint
CREATE UNIQUE INDEX "audit_previous" ON "audit_event" USING btree ("previous_hash");--> statement-breakpoint
CREATE INDEX "ecs_task_by_attempt" ON "ecs_task" USING btree ("attempt_id");--> statement-breakpoint
CREATE INDEX "ecs_task_by_status" ON "ecs_task" USING btree ("environment","last_status");--> statement-breakpoint
CREATE INDEX "glue_run_by_attempt" ON "glue_run" USING btree ("attempt_id");--> statement-breakpoint
CREATE INDEX "glue_run_by_state" ON "glue_run" USING btree ("environment","state");--> statement-breakpoint
CREATE UNIQUE INDEX "intent_key" ON "intent" USING btree ("environment","pipeline","idempotency_key");--> statement-breakpoint
CREATE INDEX "intent_by_run" ON "intent" USING btree ("environment","pipeline","run_id");--> statement-breakpoint
CREATE INDEX "join_hint_by_attempt" ON "join_hint" USING btree ("attempt_id");--> statement-breakpoint
CREATE INDEX "run_by_time" ON "run" USING btree ("sort_at" DESC NULLS LAST,"environment","pipeline","run_id");--> statement-breakpoint
CREATE INDEX "run_by_pipeline" ON "run" USING btree ("environment","pipeline","sort_at" DESC NULLS LAST,"run_id");--> statement-breakpoint
CREATE INDEX "run_by_state" ON "run" USING btree ("state","sort_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "table_load_by_table" ON "table_load" USING btree ("environment","table_name","finished_at" DESC NULLS LAST);--> statement-breakpoint
CREATE INDEX "table_load_by_attempt" ON "table_load" USING btree ("attempt_id");