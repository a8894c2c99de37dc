"""Extraction: rows a second and peak memory of ours beside plain pyodbc and SQLAlchemy/pandas.

Each reader runs in a process of its own on the same table in the same run, and ends with the same thing: zstd Parquet
on an (emulated) S3. `pip install -r bench/extraction.lock` into any environment, then `python bench/extraction.py`.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "extractor" / "src"), str(ROOT / "extractor" / "tests")]

FETCH = 10_000
BUCKET = "bench"
READERS = {
    "ours": "extractor (arrow-odbc, one connection)",
    "pyodbc": f"pyodbc fetchmany({FETCH}) + pyarrow",
    "pandas": f"SQLAlchemy + pandas read_sql(chunksize={FETCH}), psycopg",
}
BASELINE = "pyodbc"
FLOOR, AIM, MEMORY_MB = 2.0, 2.4, 128


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--repeat", type=int, default=1, help="runs of each reader; the best one counts")
    parser.add_argument("--reader", choices=READERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.reader:
        print(json.dumps(measure(arguments.reader)))
        return
    compare(arguments.rows, arguments.repeat)


def compare(rows: int, repeat: int) -> None:
    from embedded_postgres import running_server

    with running_server() as server, object_store() as endpoint:
        fill(server.dsn(), rows)
        print(f"{rows:,} rows x 12 mixed columns, PostgreSQL over psqlODBC, zstd Parquet on S3")
        print(f"{'reader':<58}{'rows/s':>10}{'ratio':>8}{'peak MB':>9}")
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": endpoint,
            "BENCH_ODBC": server.odbc(extra=f"UseDeclareFetch=1;Fetch={FETCH};"),
            "BENCH_DSN": f"postgresql+psycopg://postgres:penstock@127.0.0.1:{server.port}/postgres",
        }
        best = {reader: run(reader, environment, rows, repeat) for reader in READERS}
        for reader, title in READERS.items():
            ratio = best[reader]["rate"] / best[BASELINE]["rate"]
            print(f"{title:<58}{best[reader]['rate']:>10,.0f}{ratio:>7.2f}x{best[reader]['peak_mb']:>9.0f}")
        ratio = best["ours"]["rate"] / best[BASELINE]["rate"]
        print(f"ratio extraction ours/pyodbc {ratio:.2f} (floor {FLOOR}, aim {AIM})")
        print(f"peak memory ours {best['ours']['peak_mb']:.0f} MB (limit {MEMORY_MB} MB)")


def run(reader: str, environment: dict[str, str], rows: int, repeat: int) -> dict[str, float]:
    """The fastest of `repeat` runs, each in a fresh process."""
    results = []
    for _ in range(repeat):
        command = [sys.executable, __file__, "--reader", reader]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{reader} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        result = json.loads(done.stdout.splitlines()[-1])
        if result["rows"] != rows:
            raise SystemExit(f"{reader} wrote {result['rows']} of {rows} rows")
        results.append({"rate": rows / result["seconds"], "peak_mb": result["peak_kb"] / 1024})
    return max(results, key=lambda result: result["rate"])


@contextmanager
def object_store() -> Iterator[str]:
    """An emulated S3 in a process of its own, so that it shares no interpreter lock with a reader."""
    from embedded_postgres import free_port

    os.environ.update(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench", AWS_DEFAULT_REGION="eu-west-1")
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        import boto3

        boto3.client("s3", endpoint_url=endpoint).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield endpoint
    finally:
        server.terminate()
        server.wait(timeout=20)


def fill(dsn: str, rows: int) -> None:
    import psycopg

    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE orders (order_id bigint PRIMARY KEY, customer_id int, lines smallint, amount numeric(12,2),"
            " weight double precision, score real, note text, status varchar(20), is_paid boolean, order_date date,"
            " created_at timestamp, updated_at timestamptz)"
        )
        connection.execute(
            "INSERT INTO orders SELECT i, (i * 7919) % 50000, i % 7, ((i * 104729) % 10000000) / 100.0,"
            " sqrt(i), i / 3.0,"
            " CASE WHEN i % 10 = 0 THEN NULL ELSE 'note ' || md5(i::text) END,"
            " (ARRAY['new','paid','shipped'])[i % 3 + 1],"
            " i % 2 = 0, date '2024-01-01' + (i % 700)::int, timestamp '2024-01-01' + i * interval '1.000001 s',"
            " timestamptz '2024-01-01 00:00:00+00' + i * interval '1.000001 s'"
            f" FROM generate_series(1, {rows}::bigint) AS i"
        )
        connection.execute("VACUUM ANALYZE orders")


def measure(reader: str) -> dict[str, float]:
    """Rows, seconds without imports, and the process's peak resident memory in kB."""
    prepare: dict[str, Callable[[], Callable[[], int]]] = {
        "ours": ours,
        "pyodbc": plain_pyodbc,
        "pandas": pandas_reader,
    }
    work = prepare[reader]()
    started = time.perf_counter()
    rows = work()
    seconds = time.perf_counter() - started
    peak = re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())
    if peak is None:
        raise SystemExit("peak memory is read from /proc, which this system does not have")
    return {"rows": rows, "seconds": seconds, "peak_kb": int(peak[1])}


def ours() -> Callable[[], int]:
    from extractor.memory import keep_flat

    # The image has no numpy, and Arrow loads it wherever it finds it.
    cast(dict[str, object], sys.modules)["numpy"] = None
    keep_flat()
    from extractor.job import make_source
    from extractor.run import extract
    from extractor.settings import Settings
    from extractor.store import Store, s3_client

    settings = Settings.from_env(
        {
            "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
            "SOURCE": "odbc",
            "SOURCE_NAME": "shop",
            "SOURCE_TABLE": "public.orders",
            "TABLE": "orders",
            "KEY_COLUMNS": "order_id",
            "WATERMARK_COLUMN": "updated_at",
            "ODBC_CONNECTION_STRING": os.environ["BENCH_ODBC"],
            "ODBC_DIALECT": "postgresql",
            "DESTINATION": f"s3://{BUCKET}/raw",
            "RUN_KEY": f"run-{os.getpid()}",
            "FULL_REFRESH": "true",
        }
    )

    def work() -> int:
        store = Store(settings.bucket, s3_client(settings.s3_endpoint))
        return extract(settings, make_source(settings), store, lambda: None).rows

    return work


def parquet_writer(path: str, schema: Any) -> Any:
    import pyarrow.parquet as pq
    from pyarrow import fs

    store = fs.S3FileSystem(endpoint_override=os.environ["AWS_ENDPOINT_URL"], region="eu-west-1", access_key="bench", secret_key="bench")
    return pq.ParquetWriter(f"{BUCKET}/{path}", schema, filesystem=store, compression="zstd")


def arrow_schema() -> Any:
    import pyarrow as pa

    return pa.schema(
        [
            ("order_id", pa.int64()),
            ("customer_id", pa.int32()),
            ("lines", pa.int16()),
            ("amount", pa.decimal128(12, 2)),
            ("weight", pa.float64()),
            ("score", pa.float32()),
            ("note", pa.string()),
            ("status", pa.string()),
            ("is_paid", pa.bool_()),
            ("order_date", pa.date32()),
            ("created_at", pa.timestamp("us")),
            ("updated_at", pa.timestamp("us", "UTC")),
        ]
    )


def plain_pyodbc() -> Callable[[], int]:
    import pyarrow as pa
    import pyodbc

    schema = arrow_schema()

    def work() -> int:
        total = 0
        connection = pyodbc.connect(os.environ["BENCH_ODBC"] + "BoolsAsChar=0;")
        cursor = connection.execute("SELECT * FROM orders")
        with parquet_writer("pyodbc.parquet", schema) as writer:
            while rows := cursor.fetchmany(FETCH):
                columns = zip(*rows, strict=True)
                arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
                writer.write_batch(pa.RecordBatch.from_arrays(arrays, schema=schema))
                total += len(rows)
        return total

    return work


def pandas_reader() -> Callable[[], int]:
    import pandas
    import pyarrow as pa
    import sqlalchemy

    schema = arrow_schema()

    def work() -> int:
        total = 0
        engine = sqlalchemy.create_engine(os.environ["BENCH_DSN"])
        with (
            engine.connect().execution_options(stream_results=True, max_row_buffer=FETCH) as connection,
            parquet_writer("pandas.parquet", schema) as writer,
        ):
            query = sqlalchemy.text("SELECT * FROM orders")
            # coerce_float would turn the amounts into floats, which are other values
            for frame in pandas.read_sql(query, connection, chunksize=FETCH, coerce_float=False):
                writer.write_table(pa.Table.from_pandas(frame, schema=schema, preserve_index=False))
                total += len(frame)
        return total

    return work


if __name__ == "__main__":
    main()
