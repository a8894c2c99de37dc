DROP INDEX "attempt_by_state";--> statement-breakpoint
DROP INDEX "run_by_time";--> statement-breakpoint
DROP INDEX "run_by_pipeline";--> statement-breakpoint
DROP INDEX "run_by_state";--> statement-breakpoint
DROP INDEX "table_load_by_table";--> statement-breakpoint
CREATE INDEX "attempt_retried" ON "attempt" USING btree ("environment","changed_at") WHERE is_latest and try_number > 1;--> statement-breakpoint
CREATE INDEX "attempt_by_state" ON "attempt" USING btree ("state","changed_at");--> statement-breakpoint
CREATE INDEX "run_by_time" ON "run" USING btree ("sort_at","environment","pipeline","run_id");--> statement-breakpoint
CREATE INDEX "run_by_pipeline" ON "run" USING btree ("environment","pipeline","sort_at","run_id");--> statement-breakpoint
CREATE INDEX "run_by_state" ON "run" USING btree ("state","sort_at");--> statement-breakpoint
CREATE INDEX "table_load_by_table" ON "table_load" USING btree ("environment","table_name","finished_at");