-- The warehouse's tables and roles. Safe to apply again. Roles get no password here: whoever applies the file sets it with ALTER ROLE.

CREATE SCHEMA IF NOT EXISTS sales;
CREATE SCHEMA IF NOT EXISTS finance;
CREATE SCHEMA IF NOT EXISTS penstock;
CREATE SCHEMA IF NOT EXISTS penstock_staging;

CREATE TABLE IF NOT EXISTS sales.customers (
  customer_id bigint PRIMARY KEY,
  email text,
  name text,
  country text NOT NULL,
  segment text,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  loaded_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS customers_loaded_at ON sales.customers (loaded_at);
CREATE INDEX IF NOT EXISTS customers_updated_at ON sales.customers (updated_at);

CREATE TABLE IF NOT EXISTS sales.orders (
  order_id bigint PRIMARY KEY,
  customer_id bigint NOT NULL,
  order_date date NOT NULL,
  status text NOT NULL,
  currency text NOT NULL,
  total_amount numeric(12, 2) NOT NULL,
  updated_at timestamptz NOT NULL,
  loaded_at timestamptz NOT NULL
);
CREATE INDEX IF NOT EXISTS orders_loaded_at ON sales.orders (loaded_at);
CREATE INDEX IF NOT EXISTS orders_order_date ON sales.orders (order_date);

CREATE TABLE IF NOT EXISTS sales.order_lines (
  order_id bigint,
  line_number integer,
  product_id bigint NOT NULL,
  quantity integer NOT NULL,
  unit_price numeric(12, 2) NOT NULL,
  amount numeric(14, 2) NOT NULL,
  order_date date NOT NULL,
  updated_at timestamptz NOT NULL,
  loaded_at timestamptz NOT NULL,
  PRIMARY KEY (order_id, line_number)
);
CREATE INDEX IF NOT EXISTS order_lines_loaded_at ON sales.order_lines (loaded_at);
CREATE INDEX IF NOT EXISTS order_lines_order_date ON sales.order_lines (order_date);

CREATE TABLE IF NOT EXISTS sales.sales_by_day (
  order_date date,
  currency text,
  orders bigint NOT NULL,
  lines bigint NOT NULL,
  amount numeric(16, 2) NOT NULL,
  loaded_at timestamptz NOT NULL,
  PRIMARY KEY (order_date, currency)
);
CREATE INDEX IF NOT EXISTS sales_by_day_loaded_at ON sales.sales_by_day (loaded_at);

CREATE TABLE IF NOT EXISTS finance.fx_rates (
  rate_date date NOT NULL,
  rate_hour timestamptz,
  base text,
  quote text,
  rate numeric(18, 8) NOT NULL,
  updated_at timestamptz NOT NULL,
  loaded_at timestamptz NOT NULL,
  PRIMARY KEY (rate_hour, base, quote)
);
CREATE INDEX IF NOT EXISTS fx_rates_loaded_at ON finance.fx_rates (loaded_at);

CREATE TABLE IF NOT EXISTS penstock.table_load (
  run_key text,
  table_name text,
  join_key text,
  glue_run_id text,
  content_sha256 text NOT NULL,
  rows_read bigint NOT NULL,
  rows_inserted bigint NOT NULL,
  rows_updated bigint NOT NULL,
  rows_rejected bigint NOT NULL,
  data_through text,
  started_at timestamptz NOT NULL,
  finished_at timestamptz NOT NULL,
  PRIMARY KEY (run_key, table_name)
);
CREATE INDEX IF NOT EXISTS table_load_finished_at ON penstock.table_load (finished_at);
COMMENT ON TABLE penstock.table_load IS 'One row for each table that a load run wrote; data_through is an ISO date or an ISO instant in UTC.';

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'penstock_loader') THEN
    CREATE ROLE penstock_loader LOGIN;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'penstock_reader') THEN
    CREATE ROLE penstock_reader LOGIN;
  END IF;
END
$$;

GRANT USAGE ON SCHEMA sales, finance, penstock TO penstock_loader, penstock_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA sales, finance, penstock TO penstock_loader;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales, finance, penstock GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO penstock_loader;
GRANT USAGE, CREATE ON SCHEMA penstock_staging TO penstock_loader;

GRANT SELECT ON ALL TABLES IN SCHEMA sales, finance, penstock TO penstock_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA sales, finance, penstock GRANT SELECT ON TABLES TO penstock_reader;
ALTER ROLE penstock_reader SET default_transaction_read_only = on;
ALTER ROLE penstock_reader SET statement_timeout = '5s';
