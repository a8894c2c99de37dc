"""A real PostgreSQL behind psqlODBC, an emulated S3, and runs of the extractor between them."""

import io
import json
import logging
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pyodbc
import pytest
from moto.server import ThreadedMotoServer

from embedded_postgres import Server, running_server
from extractor.job import make_source
from extractor.manifest import Manifest
from extractor.run import extract
from extractor.settings import Settings
from extractor.store import Store

SOURCES = Path(__file__).resolve().parents[1] / "src"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    if "PostgreSQL Unicode" not in pyodbc.drivers():
        raise RuntimeError("the PostgreSQL ODBC driver is missing: apt-get install unixodbc odbc-postgresql")
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION="eu-west-1")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def s3(s3_endpoint: str) -> Any:
    return boto3.client("s3", endpoint_url=s3_endpoint)


@dataclass
class Lake:
    """One bucket, and the settings of a run into it."""

    s3: Any
    bucket: str
    environment: dict[str, str]

    def settings(self, **changes: str) -> Settings:
        return Settings.from_env({**self.environment, **changes})

    def run(self, **changes: str) -> Manifest:
        settings = self.settings(**changes)
        return extract(settings, make_source(settings), Store(self.bucket, self.s3), lambda: None)

    def start(self, *arguments: str, **changes: str) -> "subprocess.Popen[str]":
        """The command as a process of its own; `arguments` replace `-m extractor`."""
        environment = {**os.environ, **self.environment, "PYTHONPATH": str(SOURCES), **changes}
        command = [sys.executable, *(arguments or ("-m", "extractor"))]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def keys(self, prefix: str = "") -> list[str]:
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])]

    def open_uploads(self) -> list[Any]:
        uploads: list[Any] = self.s3.list_multipart_uploads(Bucket=self.bucket).get("Uploads", [])
        return uploads

    def json(self, key: str) -> Any:
        return json.loads(self.body(key))

    def body(self, key: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return content

    def folder(self, run_key: str) -> str:
        return f"raw/shop/orders/load_date=2026-11-22/run={run_key}"

    def watermark(self) -> str | None:
        key = "raw/shop/orders/_watermark.json"
        return self.json(key)["value"] if key in self.keys() else None

    def table(self, run_key: str = "run-1") -> pa.Table:
        """The rows that the run's manifest names, after its sizes, counts and digests were checked."""
        folder = self.folder(run_key)
        manifest = Manifest.from_json(self.json(f"{folder}/_manifest.json"))
        tables = []
        for file in manifest.files:
            body = self.body(f"{folder}/{file.path}")
            assert len(body) == file.size_bytes
            assert sha256(body).hexdigest() == file.sha256
            part = pq.read_table(io.BytesIO(body))
            assert part.num_rows == file.rows
            tables.append(part)
        return pa.concat_tables(tables) if tables else pa.table({})


@dataclass
class Database:
    """A database on the test server, through psycopg."""

    server: Server
    name: str
    connection: "psycopg.Connection[Any]"

    def execute(self, query: str, parameters: Any = None) -> None:
        self.connection.execute(query.encode(), parameters)

    def rows(self, query: str, parameters: Any = None) -> list[Any]:
        return self.connection.execute(query.encode(), parameters).fetchall()


@pytest.fixture
def database(postgres: Server) -> Iterator[Database]:
    """The server's database, empty and with its own defaults."""
    with psycopg.connect(postgres.dsn(), autocommit=True) as connection:
        database = Database(postgres, "postgres", connection)
        database.execute("ALTER ROLE postgres IN DATABASE postgres RESET ALL")
        for (schema,) in database.rows("SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_)'"):
            database.execute(f'DROP SCHEMA "{schema}" CASCADE')
        database.execute("CREATE SCHEMA public")
        yield database


def new_lake(s3: Any, endpoint: str, **settings: str) -> Lake:
    """A bucket of its own with the settings that every source needs."""
    bucket = f"lake-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    environment = {
        "AWS_ENDPOINT_URL": endpoint,
        "SOURCE_NAME": "shop",
        "TABLE": "orders",
        "DESTINATION": f"s3://{bucket}/raw",
        "LOAD_DATE": "2026-11-22",
        "RUN_KEY": "run-1",
        **settings,
    }
    return Lake(s3, bucket, environment)


@pytest.fixture
def lake(s3: Any, s3_endpoint: str, database: Database) -> Lake:
    return new_lake(
        s3,
        s3_endpoint,
        SOURCE="odbc",
        ODBC_CONNECTION_STRING=database.server.odbc(database.name),
        ODBC_DIALECT="postgresql",
        SOURCE_TABLE="public.orders",
        KEY_COLUMNS="order_id",
        WATERMARK_COLUMN="updated_at",
    )


@pytest.fixture
def orders(database: Database) -> Database:
    """Five orders, one a minute from 2026-01-01 00:01 UTC."""
    database.execute(
        "CREATE TABLE orders (order_id bigint PRIMARY KEY, status text, updated_at timestamptz);"
        "INSERT INTO orders SELECT i, 'new', timestamptz '2026-01-01 00:00:00+00' + i * interval '1 minute'"
        " FROM generate_series(1, 5) AS i"
    )
    return database
