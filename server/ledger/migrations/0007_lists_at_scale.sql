CREATE TABLE "cost_day" (
	"environment" text NOT NULL,
	"pipeline" text NOT NULL,
	"day" date NOT NULL,
	"cost_usd" numeric NOT NULL,
	"priced" integer NOT NULL,
	"unknown" integer NOT NULL,
	CONSTRAINT "cost_day_environment_pipeline_day_pk" PRIMARY KEY("environment","pipeline","day")
);
--> statement-breakpoint
DROP INDEX "attempt_by_state";--> statement-breakpoint
DROP INDEX "run_by_state";--> statement-breakpoint
CREATE INDEX "attempt_failed" ON "attempt" USING btree ("environment","changed_at") WHERE state in ('failed', 'up_for_retry', 'upstream_failed');--> statement-breakpoint
CREATE INDEX "run_by_environment" ON "run" USING btree ("environment","sort_at","pipeline","run_id");--> statement-breakpoint
CREATE INDEX "run_by_name" ON "run" USING btree ("pipeline","sort_at","environment","run_id");--> statement-breakpoint
CREATE INDEX "run_by_state_environment" ON "run" USING btree ("state","environment","sort_at","pipeline","run_id") WHERE state <> 'success';--> statement-breakpoint
CREATE INDEX "run_by_state_name" ON "run" USING btree ("state","pipeline","sort_at","environment","run_id") WHERE state <> 'success';--> statement-breakpoint
CREATE INDEX "run_succeeded" ON "run" USING btree ("ended_at","environment") WHERE state = 'success' and not is_gone;--> statement-breakpoint
CREATE INDEX "run_by_state" ON "run" USING btree ("state","sort_at","environment","pipeline","run_id") WHERE state <> 'success';
--> statement-breakpoint
-- Attempts as their pipeline's day counts them: priced, or ended with a price that nobody knows. What costs nothing of its own is left out.
CREATE FUNCTION follow_costs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO cost_day AS kept (environment, pipeline, day, cost_usd, priced, unknown)
    SELECT environment, pipeline, (at AT TIME ZONE 'UTC')::date, sum(sign * coalesce(cost_usd, 0)),
      coalesce(sum(sign) FILTER (WHERE cost_usd IS NOT NULL), 0), coalesce(sum(sign) FILTER (WHERE cost_usd IS NULL), 0)
    FROM (SELECT environment, pipeline, coalesce(started_at, queued_at, ended_at, changed_at) AS at, cost_usd, 1 AS sign FROM added WHERE (cost IS NULL AND ended_at IS NOT NULL) OR cost->>'basis' <> 'none') part
    GROUP BY 1, 2, 3 HAVING sum(sign * coalesce(cost_usd, 0)) <> 0 OR sum(sign) FILTER (WHERE cost_usd IS NOT NULL) <> 0
      OR sum(sign) FILTER (WHERE cost_usd IS NULL) <> 0
    ORDER BY 1, 2, 3
    ON CONFLICT (environment, pipeline, day) DO UPDATE
      SET cost_usd = kept.cost_usd + excluded.cost_usd, priced = kept.priced + excluded.priced, unknown = kept.unknown + excluded.unknown;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO cost_day AS kept (environment, pipeline, day, cost_usd, priced, unknown)
    SELECT environment, pipeline, (at AT TIME ZONE 'UTC')::date, sum(sign * coalesce(cost_usd, 0)),
      coalesce(sum(sign) FILTER (WHERE cost_usd IS NOT NULL), 0), coalesce(sum(sign) FILTER (WHERE cost_usd IS NULL), 0)
    FROM (SELECT environment, pipeline, coalesce(started_at, queued_at, ended_at, changed_at) AS at, cost_usd, -1 AS sign FROM removed WHERE (cost IS NULL AND ended_at IS NOT NULL) OR cost->>'basis' <> 'none') part
    GROUP BY 1, 2, 3 HAVING sum(sign * coalesce(cost_usd, 0)) <> 0 OR sum(sign) FILTER (WHERE cost_usd IS NOT NULL) <> 0
      OR sum(sign) FILTER (WHERE cost_usd IS NULL) <> 0
    ORDER BY 1, 2, 3
    ON CONFLICT (environment, pipeline, day) DO UPDATE
      SET cost_usd = kept.cost_usd + excluded.cost_usd, priced = kept.priced + excluded.priced, unknown = kept.unknown + excluded.unknown;
  ELSE
    INSERT INTO cost_day AS kept (environment, pipeline, day, cost_usd, priced, unknown)
    SELECT environment, pipeline, (at AT TIME ZONE 'UTC')::date, sum(sign * coalesce(cost_usd, 0)),
      coalesce(sum(sign) FILTER (WHERE cost_usd IS NOT NULL), 0), coalesce(sum(sign) FILTER (WHERE cost_usd IS NULL), 0)
    FROM (SELECT environment, pipeline, coalesce(started_at, queued_at, ended_at, changed_at) AS at, cost_usd, 1 AS sign FROM added WHERE (cost IS NULL AND ended_at IS NOT NULL) OR cost->>'basis' <> 'none'
      UNION ALL SELECT environment, pipeline, coalesce(started_at, queued_at, ended_at, changed_at) AS at, cost_usd, -1 AS sign FROM removed WHERE (cost IS NULL AND ended_at IS NOT NULL) OR cost->>'basis' <> 'none') part
    GROUP BY 1, 2, 3 HAVING sum(sign * coalesce(cost_usd, 0)) <> 0 OR sum(sign) FILTER (WHERE cost_usd IS NOT NULL) <> 0
      OR sum(sign) FILTER (WHERE cost_usd IS NULL) <> 0
    ORDER BY 1, 2, 3
    ON CONFLICT (environment, pipeline, day) DO UPDATE
      SET cost_usd = kept.cost_usd + excluded.cost_usd, priced = kept.priced + excluded.priced, unknown = kept.unknown + excluded.unknown;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER attempt_cost_added AFTER INSERT ON "attempt" REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION follow_costs();
--> statement-breakpoint
CREATE TRIGGER attempt_cost_changed AFTER UPDATE ON "attempt" REFERENCING OLD TABLE AS removed NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION follow_costs();
--> statement-breakpoint
CREATE TRIGGER attempt_cost_removed AFTER DELETE ON "attempt" REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION follow_costs();
--> statement-breakpoint
CREATE FUNCTION forget_costs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE cost_day;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER attempt_costs_forgotten AFTER TRUNCATE ON "attempt" FOR EACH STATEMENT EXECUTE FUNCTION forget_costs();
--> statement-breakpoint
INSERT INTO cost_day (environment, pipeline, day, cost_usd, priced, unknown)
SELECT environment, pipeline, (coalesce(started_at, queued_at, ended_at, changed_at) AT TIME ZONE 'UTC')::date,
  sum(coalesce(cost_usd, 0)), count(cost_usd), count(*) - count(cost_usd)
FROM "attempt" WHERE (cost IS NULL AND ended_at IS NOT NULL) OR cost->>'basis' <> 'none' GROUP BY 1, 2, 3;
