CREATE TABLE "saved_view" (
	"id" text PRIMARY KEY NOT NULL,
	"owner_id" text NOT NULL,
	"owner_name" text NOT NULL,
	"name" text NOT NULL,
	"query" text NOT NULL,
	"is_shared" boolean NOT NULL,
	"is_default" boolean NOT NULL,
	"created_at" timestamp (6) with time zone NOT NULL,
	"changed_at" timestamp (6) with time zone NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "saved_view_name" ON "saved_view" USING btree ("owner_id",lower("name"));--> statement-breakpoint
CREATE UNIQUE INDEX "saved_view_default" ON "saved_view" USING btree ("owner_id") WHERE is_default;--> statement-breakpoint
CREATE INDEX "saved_view_shared" ON "saved_view" USING btree ("name") WHERE is_shared;--> statement-breakpoint
CREATE INDEX "run_unscheduled" ON "run" USING btree ("environment","sort_at","pipeline","run_id") WHERE type <> 'scheduled';--> statement-breakpoint
CREATE INDEX "run_repairs" ON "run" USING btree ("environment","pipeline","sort_at") WHERE type <> 'scheduled' and state = 'success';