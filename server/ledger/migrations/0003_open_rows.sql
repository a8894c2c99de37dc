DROP INDEX "ecs_task_by_status";--> statement-breakpoint
DROP INDEX "glue_run_by_state";--> statement-breakpoint
CREATE INDEX "attempt_by_start" ON "attempt" USING btree ("environment","started_at");--> statement-breakpoint
CREATE INDEX "ecs_task_open" ON "ecs_task" USING btree ("environment") WHERE last_status <> 'STOPPED' and missing_since is null;--> statement-breakpoint
CREATE INDEX "ecs_task_loose" ON "ecs_task" USING btree ("environment","created_at") WHERE joined_by is null or joined_by in ('started_by', 'time');--> statement-breakpoint
CREATE INDEX "glue_run_open" ON "glue_run" USING btree ("environment") WHERE state not in ('SUCCEEDED', 'FAILED', 'STOPPED', 'TIMEOUT', 'ERROR', 'EXPIRED');--> statement-breakpoint
CREATE INDEX "glue_run_loose" ON "glue_run" USING btree ("environment") WHERE joined_by is null or joined_by in ('started_by', 'time');--> statement-breakpoint
CREATE INDEX "glue_run_by_id" ON "glue_run" USING btree ("environment","job_run_id");--> statement-breakpoint
CREATE INDEX "table_load_loose" ON "table_load" USING btree ("environment") WHERE attempt_id is null;