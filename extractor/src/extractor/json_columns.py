"""Typed columns from JSON records, exact or refused."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import pyarrow as pa

from extractor.errors import ConfigurationError, ExtractorError
from extractor.http_client import NumberText
from extractor.instant import parse_instant

_FINER_THAN_MICROSECONDS = re.compile(r"\.\d{6}0*[1-9]")


@dataclass(frozen=True)
class JsonColumn:
    """A field of the records and the type it is written in."""

    name: str
    kind: str

    @property
    def arrow(self) -> pa.DataType:
        if match := re.fullmatch(r"decimal\((\d+),(\d+)\)", self.kind):
            precision, scale = int(match[1]), int(match[2])
            if 1 <= precision <= 38 and scale <= precision:
                return pa.decimal128(precision, scale)
        elif self.kind in _TYPES:
            return _TYPES[self.kind]
        raise ConfigurationError(
            f"HTTP_COLUMNS gives {self.name} the type {self.kind}",
            remedy=f"use one of {', '.join(_TYPES)} or decimal(precision,scale) with at most 38 digits",
        )

    def array(self, records: list[dict[str, Any]], system: str) -> pa.Array:
        """The column of these records. Raises ExtractorError for a value that its type cannot hold."""
        read = _READERS[self.kind.partition("(")[0]]
        values: list[object] = []
        for record in records:
            value = record.get(self.name)
            try:
                values.append(None if value is None else read(value))
            except (ValueError, TypeError, InvalidOperation) as error:
                raise self._refused(value, error, system) from error
        try:
            return pa.array(values, self.arrow)
        except (pa.ArrowInvalid, OverflowError) as error:
            raise self._refused(None, error, system) from error

    def _refused(self, value: object, error: Exception, system: str) -> ExtractorError:
        shown = "" if value is None else f" {json_text(value)[:80]}"
        return ExtractorError(
            f"field {self.name} holds a value{shown} that is no {self.kind}: {error}",
            system=system,
            remedy=f"give {self.name} another type in HTTP_COLUMNS (string takes every value)",
        )


def json_text(value: object) -> str:
    """JSON with numbers as they were written."""
    if isinstance(value, NumberText):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{json_text(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(json_text(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def _string(value: object) -> str:
    return str(value) if isinstance(value, str) else json_text(value)


def _int64(value: object) -> int:
    if isinstance(value, bool) or not re.fullmatch(r"-?\d{1,19}", str(value)):
        raise ValueError("not a whole number")
    return int(str(value))


def _decimal(value: object) -> Decimal:
    number = Decimal(_number_text(value))
    if not number.is_finite():
        raise ValueError("not finite")
    return number


def _float64(value: object) -> float:
    return float(_number_text(value))


def _number_text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError("not a number")
    return str(value)


def _bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("neither true nor false")
    return value


def _timestamp(value: object) -> object:
    if not isinstance(value, str) or isinstance(value, NumberText):
        raise ValueError("not an ISO instant")
    if _FINER_THAN_MICROSECONDS.search(value):
        raise ValueError("finer than a microsecond")
    return parse_instant(value)


def _date(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("not a date as YYYY-MM-DD")
    return date.fromisoformat(value)


_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "json": pa.string(),
    "int64": pa.int64(),
    "float64": pa.float64(),
    "bool": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
}
_READERS: dict[str, Callable[[Any], object]] = {
    "string": _string,
    "json": json_text,
    "int64": _int64,
    "float64": _float64,
    "bool": _bool,
    "date": _date,
    "timestamp": _timestamp,
    "decimal": _decimal,
}
