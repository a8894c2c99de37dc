"""Writes what the extractor would have written: Parquet parts and the manifest beside them."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

TIMESTAMP = pa.timestamp("us", tz="UTC")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
Row = dict[str, Any]

SCHEMAS = {
    "customers": pa.schema(
        {"customer_id": pa.int64(), "email": pa.string(), "name": pa.string(), "country": pa.string(), "segment": pa.string(), "created_at": TIMESTAMP, "updated_at": TIMESTAMP}
    ),
    "orders": pa.schema(
        {"order_id": pa.int64(), "customer_id": pa.int64(), "order_date": pa.date32(), "status": pa.string(), "currency": pa.string(), "total_amount": pa.decimal128(12, 2), "updated_at": TIMESTAMP}
    ),
    "order_lines": pa.schema(
        {
            "order_id": pa.int64(), "line_number": pa.int32(), "product_id": pa.int64(), "quantity": pa.int32(),
            "unit_price": pa.decimal128(12, 2), "amount": pa.decimal128(14, 2), "order_date": pa.date32(), "updated_at": TIMESTAMP,
        }
    ),  # fmt: skip
    "fx_rates": pa.schema({"rate_hour": pa.string(), "base": pa.string(), "quote": pa.string(), "rate": pa.string(), "updated_at": pa.string()}),
}


def customer(customer_id: int | None, **changes: Any) -> Row:
    row = {"customer_id": customer_id, "email": f"c{customer_id}@example.com", "name": "Ana", "country": "ES", "segment": "retail", "created_at": NOON - timedelta(days=9), "updated_at": NOON}
    return row | changes


def order(order_id: int | None, **changes: Any) -> Row:
    row = {"order_id": order_id, "customer_id": 1, "order_date": date(2026, 11, 22), "status": "paid", "currency": "EUR", "total_amount": Decimal("30.00"), "updated_at": NOON}
    return row | changes


def line(order_id: int | None, line_number: int | None, **changes: Any) -> Row:
    row = {
        "order_id": order_id, "line_number": line_number, "product_id": 7, "quantity": 3, "unit_price": Decimal("10.00"),
        "amount": Decimal("30.00"), "order_date": date(2026, 11, 22), "updated_at": NOON,
    }  # fmt: skip
    return row | changes


def rate(hour: str, quote: str, value: str, **changes: Any) -> Row:
    return {"rate_hour": hour, "base": "EUR", "quote": quote, "rate": value, "updated_at": hour} | changes


@dataclass
class Lake:
    """A data lake in a folder; `run` writes one extractor run and answers the uri of its manifest."""

    folder: Path

    def run(self, table: str, parts: list[list[Row]], run: str = "r1", attempt: int = 1, source: str = "shop", schema: pa.Schema | None = None, row_group_rows: int = 100_000, **changes: Any) -> str:
        schema = schema or SCHEMAS[table]
        target = self.folder / "raw" / source / table / "load_date=2026-11-22" / f"run={run}"
        target.mkdir(parents=True, exist_ok=True)
        files = []
        for number, rows in enumerate(parts):
            path = target / f"part-{attempt}-{number:05d}.parquet"
            pq.write_table(pa.Table.from_pylist(rows, schema), path, compression="zstd", row_group_size=row_group_rows)
            files.append({"path": path.name, "rows": len(rows), "size_bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
        manifest = {
            "version": 1, "run_key": run, "join_key": None, "attempt": attempt, "table": table, "load_date": "2026-11-22",
            "source": {"kind": "odbc", "name": source, "dialect": "postgresql", "table": f"public.{table}"},
            "watermark": {"column": "updated_at", "from": None, "to": "2026-11-22T12:00:00.000000Z"},
            "key_columns": [], "schema": [{"name": f.name, "type": str(f.type), "nullable": True} for f in schema],
            "files": files, "rows": sum(len(rows) for rows in parts), "started_at": "2026-11-22T12:00:00.000000Z", "ended_at": "2026-11-22T12:00:01.000000Z",
        }  # fmt: skip
        path = target / "_manifest.json"
        path.write_text(json.dumps(manifest | changes), encoding="utf-8")
        return f"file://{path}"
