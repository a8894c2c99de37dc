CREATE TABLE "table_schema" (
	"environment" text NOT NULL,
	"table_name" text NOT NULL,
	"since" timestamp (6) with time zone NOT NULL,
	"columns" jsonb NOT NULL,
	CONSTRAINT "table_schema_environment_table_name_since_pk" PRIMARY KEY("environment","table_name","since")
);
