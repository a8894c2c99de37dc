import pg from "pg";

export const environment = "prod";
export const pipeline = "wide_pipeline";

/** A pipeline of so many tasks in groups of 25 with so many runs: nearly all good, some tried again, one in a hundred and twenty failed, what waits for it not run. */
export async function fillGrid(url: string, tasks: number, runs: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`insert into environment (name, region) values ($1, 'eu-west-1') on conflict do nothing`, [environment]);
    await client.query(
      `insert into pipeline (environment, pipeline, owners, tags, is_paused, read_at) values ($1, $2, '{bench}', '{}', false, now())`,
      [environment, pipeline],
    );
    await client.query(
      `insert into run (environment, pipeline, run_id, state, type, run_after, started_at, ended_at, sort_at, changed_at)
       select $1, $2, 'scheduled__' || to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS') || '+00:00', case when n % 9 = 4 then 'failed' else 'success' end, 'scheduled',
         at, at + interval '2 seconds', at + interval '31 minutes', at, now()
       from (select n, date_trunc('day', now()) - n * interval '1 day' + interval '6 hours 15 minutes' as at from generate_series(1, $3::int) n) r`,
      [environment, pipeline, runs],
    );
    await client.query(
      `insert into attempt (id, environment, pipeline, run_id, task_id, map_index, try_number, is_latest, state, operator, queued_at, started_at, ended_at, cost_usd, changed_at)
       select md5(r.run_id || ' ' || t), $1, $2, r.run_id,
         'region_' || lpad(((t - 1) / 25 + 1)::text, 2, '0') || '.' || (array['extract', 'clean', 'load', 'check', 'publish'])[(t - 1) % 5 + 1] || '_' || (array['orders', 'lines', 'customers', 'returns', 'stock'])[((t - 1) / 5) % 5 + 1],
         -1, case when luck % 97 = 5 then 2 else 1 end, true,
         case when r.state = 'failed' and luck % 120 = 1 then 'failed' when r.state = 'failed' and luck % 120 = 2 then 'upstream_failed' when luck % 400 = 7 then 'skipped' else 'success' end,
         'EcsRunTaskOperator', r.started_at, r.started_at + t * interval '1 second', r.started_at + t * interval '1 second' + (20 + t % 300) * interval '1 second', 0.0125, now()
       from run r cross join generate_series(1, $3::int) t
       cross join lateral (select abs(hashtext(r.run_id || ' ' || t)) as luck) l
       where r.pipeline = $2`,
      [environment, pipeline, tasks],
    );
    await client.query("vacuum analyze run, attempt");
  } finally {
    await client.end();
  }
}
