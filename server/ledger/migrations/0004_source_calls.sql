CREATE TABLE "source_call" (
	"environment" text NOT NULL,
	"source" text NOT NULL,
	"operation" text NOT NULL,
	"hour" timestamp with time zone NOT NULL,
	"calls" bigint NOT NULL,
	"throttled" bigint NOT NULL,
	"failed" bigint NOT NULL,
	CONSTRAINT "source_call_environment_source_operation_hour_pk" PRIMARY KEY("environment","source","operation","hour")
);
--> statement-breakpoint
CREATE INDEX "source_call_by_hour" ON "source_call" USING btree ("hour");