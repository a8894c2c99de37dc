DROP INDEX "attempt_key";--> statement-breakpoint
CREATE INDEX "attempt_by_run" ON "attempt" USING btree ("environment","pipeline","run_id");--> statement-breakpoint
CREATE INDEX "attempt_again" ON "attempt" USING btree ("environment","pipeline","run_id") WHERE try_number > 1;