CREATE TABLE "eta_trial" (
	"environment" text PRIMARY KEY NOT NULL,
	"measured_at" timestamp with time zone NOT NULL,
	"ends" integer NOT NULL,
	"held" integer NOT NULL,
	"trial" jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "note" (
	"id" text NOT NULL,
	"version" integer NOT NULL,
	"environment" text NOT NULL,
	"pipeline" text NOT NULL,
	"run_id" text NOT NULL,
	"attempt_id" text,
	"author_id" text NOT NULL,
	"author_name" text NOT NULL,
	"text" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"body_digest" text NOT NULL,
	"at" timestamp (6) with time zone NOT NULL,
	CONSTRAINT "note_id_version_pk" PRIMARY KEY("id","version")
);
--> statement-breakpoint
CREATE UNIQUE INDEX "note_key" ON "note" USING btree ("environment","pipeline","idempotency_key");--> statement-breakpoint
CREATE INDEX "note_by_run" ON "note" USING btree ("environment","pipeline","run_id");--> statement-breakpoint
CREATE INDEX "attempt_failed_by_task" ON "attempt" USING btree ("environment","pipeline","task_id","ended_at") WHERE state in ('failed', 'up_for_retry');--> statement-breakpoint
CREATE INDEX "failure_by_class" ON "failure" USING btree ("class","classified_at");