ALTER TABLE "attempt" ADD COLUMN "tries_read_at" timestamp (6) with time zone;--> statement-breakpoint
ALTER TABLE "source_health" ADD COLUMN "remark" text;