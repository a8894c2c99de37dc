"""The loader's own record of a run in the warehouse, read with the read-only role."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from ipaddress import ip_address
from typing import Any

import boto3
import psycopg2
import psycopg2.extensions
import psycopg2.extras

CONNECT_SECONDS = 10
# In a run of few rows one bad row is a large share.
TOLERATED_REJECTS = 20

LOADS_OF_RUN = """
    SELECT run_key, table_name, join_key, glue_run_id, rows_read, rows_inserted, rows_updated, rows_rejected, data_through, started_at, finished_at
    FROM penstock.table_load
    WHERE run_key = %s
    ORDER BY table_name
"""


@contextmanager
def connect(secret_id: str) -> Iterator[psycopg2.extensions.connection]:
    """A connection as the role whose name, password and server the Secrets Manager secret holds; closed at the end."""
    secret = json.loads(boto3.client("secretsmanager").get_secret_value(SecretId=secret_id)["SecretString"])
    connection = psycopg2.connect(
        host=secret["host"],
        port=int(secret["port"]),
        dbname=secret["dbname"],
        user=secret["username"],
        password=secret["password"],
        # Passwords and rows leave the machine only encrypted.
        sslmode="prefer" if _is_loopback(secret["host"]) else "require",
        connect_timeout=CONNECT_SECONDS,
        application_name="airflow",
    )
    try:
        yield connection
    finally:
        connection.close()


def loads_of_run(secret_id: str, run_key: str) -> list[dict[str, Any]]:
    """The rows of `penstock.table_load` of one run key, one for each table, with instants as ISO 8601 text."""
    with connect(secret_id) as connection, connection.cursor(cursor_factory=psycopg2.extras.RealDictCursor) as cursor:
        cursor.execute(LOADS_OF_RUN, (run_key,))
        return [{name: _json(value) for name, value in row.items()} for row in cursor.fetchall()]


def problems(loads: Sequence[dict[str, Any]], expected: Sequence[str], max_rejected_share: float) -> list[str]:
    """What is wrong with a run's load records, in words: a table without a record, counts that cannot be, too many rejected rows."""
    by_table = {load["table_name"]: load for load in loads}
    found = [f"{table} has no load record" for table in expected if table not in by_table]
    for table, load in by_table.items():
        read, rejected = load["rows_read"], load["rows_rejected"]
        written = load["rows_inserted"] + load["rows_updated"]
        if table in expected and written + rejected > read:
            found.append(f"{table} wrote {written} and rejected {rejected} of only {read} rows")
        if rejected > max(max_rejected_share * read, TOLERATED_REJECTS):
            found.append(f"{table} rejected {rejected} of {read} rows; the quarantine prefix holds them with their reasons")
    return found


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
