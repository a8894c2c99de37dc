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
TODAY = date(2026, 11, 22)
Row = dict[str, Any]

CUSTOMERS = {
    "customer_id": pa.int64(),
    "email": pa.string(),
    "name": pa.string(),
    "country": pa.string(),
    "segment": pa.string(),
    "created_at": TIMESTAMP,
    "updated_at": TIMESTAMP,
}
ORDERS = {
    "order_id": pa.int64(),
    "customer_id": pa.int64(),
    "order_date": pa.date32(),
    "status": pa.string(),
    "currency": pa.string(),
    "total_amount": pa.decimal128(12, 2),
    "updated_at": TIMESTAMP,
}
ORDER_LINES = {
    "order_id": pa.int64(),
    "line_number": pa.int32(),
    "product_id": pa.int64(),
    "quantity": pa.int32(),
    "unit_price": pa.decimal128(12, 2),
    "amount": pa.decimal128(14, 2),
    "order_date": pa.date32(),
    "updated_at": TIMESTAMP,
}
FX_RATES = {name: pa.string() for name in ("rate_hour", "base", "quote", "rate", "updated_at")}
SCHEMAS = {"customers": CUSTOMERS, "orders": ORDERS, "order_lines": ORDER_LINES, "fx_rates": FX_RATES}


def customer(customer_id: int | None, **changes: Any) -> Row:
    row: Row = {"customer_id": customer_id, "email": f"c{customer_id}@example.com", "name": "Ana", "country": "ES", "segment": "retail"}
    return row | {"created_at": NOON - timedelta(days=9), "updated_at": NOON} | changes


def order(order_id: int | None, **changes: Any) -> Row:
    row: Row = {"order_id": order_id, "customer_id": 1, "order_date": TODAY, "status": "paid", "currency": "EUR"}
    return row | {"total_amount": Decimal("30.00"), "updated_at": NOON} | changes


def line(order_id: int | None, line_number: int | None, **changes: Any) -> Row:
    row: Row = {"order_id": order_id, "line_number": line_number, "product_id": 7, "quantity": 3, "unit_price": Decimal("10.00")}
    return row | {"amount": Decimal("30.00"), "order_date": TODAY, "updated_at": NOON} | changes


def rate(hour: str, quote: str | None, value: str, **changes: Any) -> Row:
    return {"rate_hour": hour, "base": "EUR", "quote": quote, "rate": value, "updated_at": hour} | changes


@dataclass
class Lake:
    """A data lake in a folder; `run` writes one extractor run and answers the uri of its manifest."""

    folder: Path

    def run(
        self,
        table: str,
        parts: list[list[Row]],
        *,
        run: str = "r1",
        attempt: int = 1,
        source: str = "shop",
        columns: dict[str, pa.DataType] | None = None,
        changes: Row | None = None,
    ) -> str:
        """`columns` replaces column types or drops those that it lacks; `changes` replaces keys of the manifest."""
        schema = pa.schema(columns or SCHEMAS[table])
        target = self.folder / "raw" / source / table / "load_date=2026-11-22" / f"run={run}"
        target.mkdir(parents=True, exist_ok=True)
        files = [_part(target / f"part-{attempt}-{number:05d}.parquet", pa.Table.from_pylist(rows, schema)) for number, rows in enumerate(parts)]
        manifest = {
            "version": 1,
            "run_key": run,
            "join_key": None,
            "attempt": attempt,
            "table": table,
            "load_date": "2026-11-22",
            "source": {"kind": "odbc", "name": source, "dialect": "postgresql", "table": f"public.{table}"},
            "watermark": {"column": "updated_at", "from": None, "to": "2026-11-22T12:00:00.000000Z"},
            "key_columns": [],
            "schema": [{"name": field.name, "type": str(field.type), "nullable": True} for field in schema],
            "files": files,
            "rows": sum(len(rows) for rows in parts),
            "started_at": "2026-11-22T12:00:00.000000Z",
            "ended_at": "2026-11-22T12:00:01.000000Z",
        }
        path = target / "_manifest.json"
        path.write_text(json.dumps(manifest | (changes or {})), encoding="utf-8")
        return f"file://{path}"


def _part(path: Path, rows: pa.Table) -> dict[str, Any]:
    pq.write_table(rows, path, compression="zstd")
    content = path.read_bytes()
    return {"path": path.name, "rows": rows.num_rows, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
