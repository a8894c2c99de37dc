CREATE TABLE "airflow_state" (
	"environment" text PRIMARY KEY NOT NULL,
	"pools" jsonb,
	"pools_read_at" timestamp (6) with time zone,
	"heartbeats" jsonb,
	"heartbeats_read_at" timestamp (6) with time zone,
	"errors_read_at" timestamp (6) with time zone
);
--> statement-breakpoint
CREATE TABLE "attempt_input" (
	"attempt_id" text PRIMARY KEY NOT NULL,
	"rendered" jsonb,
	"xcom" jsonb,
	"reason" text,
	"is_final" boolean NOT NULL,
	"read_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "dag_setting" (
	"environment" text NOT NULL,
	"pipeline" text NOT NULL,
	"file" text,
	"current_version" text,
	"max_active_runs" integer,
	"max_active_tasks" integer,
	"read_at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "dag_setting_environment_pipeline_pk" PRIMARY KEY("environment","pipeline")
);
--> statement-breakpoint
CREATE TABLE "dag_version" (
	"environment" text NOT NULL,
	"pipeline" text NOT NULL,
	"version" text NOT NULL,
	"bundle_version" text,
	"code" text,
	"code_reason" text,
	"code_digest" text,
	"tasks" jsonb,
	"groups" jsonb,
	"first_seen_at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "dag_version_environment_pipeline_version_pk" PRIMARY KEY("environment","pipeline","version")
);
--> statement-breakpoint
CREATE TABLE "dag_warning" (
	"environment" text NOT NULL,
	"pipeline" text NOT NULL,
	"kind" text NOT NULL,
	"text" text NOT NULL,
	"at" timestamp (6) with time zone,
	CONSTRAINT "dag_warning_environment_pipeline_kind_pk" PRIMARY KEY("environment","pipeline","kind")
);
--> statement-breakpoint
CREATE TABLE "import_error" (
	"environment" text NOT NULL,
	"error_id" text NOT NULL,
	"file" text NOT NULL,
	"text" text NOT NULL,
	"at" timestamp (6) with time zone,
	CONSTRAINT "import_error_environment_error_id_pk" PRIMARY KEY("environment","error_id")
);
--> statement-breakpoint
ALTER TABLE "run" ADD COLUMN "dag_version" text;--> statement-breakpoint
CREATE INDEX "dag_version_by_time" ON "dag_version" USING btree ("environment","pipeline","first_seen_at");--> statement-breakpoint
CREATE INDEX "import_error_by_file" ON "import_error" USING btree ("environment","file");