"""Every value arrives exact: source and Parquet are compared cell by cell."""

import struct
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conftest import Database, Lake
from extractor import odbc
from extractor.errors import ExtractorError

# PostgreSQL stores no NUL in text.
text = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=60)
# Around psqlODBC's limits of 255 and 8190, around 64 KiB, and too wide to bind memory for.
LENGTHS = [0, 1, 255, 256, 8189, 8190, 8191, 65535, 65536, 300_000]


def thorough(max_examples: int) -> settings:
    """Each example is a whole run, so that looking for a smaller one that fails would take minutes."""
    phases = (Phase.explicit, Phase.reuse, Phase.generate)
    return settings(max_examples=max_examples, deadline=None, phases=phases, suppress_health_check=list(HealthCheck))


def integers(bits: int) -> st.SearchStrategy[int]:
    low, high = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    return st.integers(low, high) | st.sampled_from([low, high, 0, -1])


def decimals(precision: int, scale: int) -> st.SearchStrategy[Decimal]:
    most = 10**precision - 1
    unscaled = st.integers(-most, most) | st.sampled_from([most, -most, 0, 1, -1])
    return unscaled.map(
        lambda value: Decimal(value).scaleb(-scale, context=None) if precision < 28 else shifted(value, scale)
    )


def shifted(value: int, scale: int) -> Decimal:
    """`value` / 10^scale without the 28 digits of the default context."""
    sign, digits, _ = Decimal(value).as_tuple()
    return Decimal((sign, digits, -scale))


def clock_text(value: time) -> str:
    return value.isoformat().rstrip("0") if value.microsecond else value.isoformat()


floats32 = st.floats(width=32) | st.sampled_from(
    [-0.0, 1.401298464324817e-45, 3.4028234663852886e38, 1.1754943508222875e-38]
)
floats64 = st.floats() | st.sampled_from([-0.0, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, 0.1])

# name: (SQL type, values, what Parquet holds for a value, Arrow type)
COLUMNS: dict[str, tuple[str, st.SearchStrategy[Any], Any, str]] = {
    "small": ("smallint", integers(16), None, "int16"),
    "plain": ("integer", integers(32), None, "int32"),
    "big": ("bigint", integers(64), None, "int64"),
    "money": ("numeric(12,2)", decimals(12, 2), None, "decimal128(12, 2)"),
    "whole": ("numeric(38,0)", decimals(38, 0), None, "decimal128(38, 0)"),
    "fraction": ("numeric(38,38)", decimals(38, 38), None, "decimal128(38, 38)"),
    "fine": ("numeric(5,5)", decimals(5, 5), None, "decimal128(5, 5)"),
    "mixed": ("numeric(38,10)", decimals(38, 10), None, "decimal128(38, 10)"),
    "free": ("numeric", decimals(60, 25), lambda v: f"{v:f}", "string"),
    "single": ("real", floats32, None, "float"),
    "double": ("double precision", floats64, None, "double"),
    "flag": ("boolean", st.booleans(), None, "bool"),
    "words": ("text", text, None, "string"),
    "short": ("varchar(60)", text, None, "string"),
    "bytes": ("bytea", st.binary(max_size=200), None, "binary"),
    "day": ("date", st.dates(), None, "date32[day]"),
    "local": ("timestamp", st.datetimes(), None, "timestamp[us]"),
    "instant": (
        "timestamptz",
        st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda at: at.replace(tzinfo=UTC)),
        None,
        "timestamp[us, tz=UTC]",
    ),
    "clock": ("time", st.times(), clock_text, "string"),
    "id": ("uuid", st.uuids(), str, "string"),
    "list": ("integer[]", st.lists(integers(32), max_size=5), lambda v: "{" + ",".join(map(str, v)) + "}", "string"),
    "span": ("interval", st.integers(0, 86399).map(lambda s: timedelta(seconds=s)), lambda v: f"{v!s:0>8}", "string"),
}
rows = st.lists(
    st.fixed_dictionaries({name: st.none() | values for name, (_, values, _, _) in COLUMNS.items()}), max_size=12
)


@pytest.fixture
def wide(database: Database) -> Database:
    columns = ", ".join(f'"{name}" {kind}' for name, (kind, _, _, _) in COLUMNS.items())
    database.execute(
        f"CREATE TABLE orders (order_id int PRIMARY KEY, {columns}, document jsonb, updated_at timestamptz)"
    )
    return database


@pytest.fixture(params=["in bulk", "by value"])
def read_by(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both readers, whatever the width of the rows."""
    if request.param == "by value":
        monkeypatch.setattr(odbc, "WIDEST_BOUND_ROW_BYTES", 0)


def same(left: object, right: object) -> bool:
    """Equal with its sign, its scale and its NaN."""
    if isinstance(left, float) and isinstance(right, float):
        if left != left or right != right:
            return left != left and right != right
        return struct.pack("d", left) == struct.pack("d", right)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return left == right and left.as_tuple().exponent == right.as_tuple().exponent
    return type(left) is type(right) and left == right


@thorough(max_examples=25)
@given(content=rows)
def test_every_cell_is_what_the_source_holds(
    lake: Lake, wide: Database, read_by: None, content: list[dict[str, Any]]
) -> None:
    wide.execute("TRUNCATE orders")
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    marks = ", ".join(["%s"] * len(COLUMNS))
    with wide.connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO orders (order_id, {names}) VALUES (%s, {marks})".encode(),
            [(number, *(row[name] for name in COLUMNS)) for number, row in enumerate(content)],
        )
    lake.run(FULL_REFRESH="true")
    table = lake.table()
    found = sorted(table.to_pylist(), key=lambda row: row["order_id"]) if content else []
    assert len(found) == len(content)
    for expected, actual in zip(content, found, strict=True):
        for name, (_, _, written, arrow) in COLUMNS.items():
            value = expected[name]
            if value is not None and written is not None:
                value = written(value)
            assert same(actual[name], value), (name, expected[name], actual[name])
            assert str(table.schema.field(name).type) == arrow


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(lengths=st.lists(st.sampled_from(LENGTHS), min_size=1, max_size=5))
def test_text_and_bytes_of_any_length_arrive_whole(lake: Lake, database: Database, lengths: list[int]) -> None:
    database.execute("DROP TABLE IF EXISTS orders")
    database.execute("CREATE TABLE orders (order_id int PRIMARY KEY, words text, bytes bytea, updated_at timestamptz)")
    content = [("é😀x"[i % 3] * length, bytes(j % 256 for j in range(length))) for i, length in enumerate(lengths)]
    for number, (words, body) in enumerate(content):
        database.execute("INSERT INTO orders VALUES (%s, %s, %s, NULL)", (number, words, body))
    lake.run(FULL_REFRESH="true", MAX_TEXT_BYTES="2000000")
    found = sorted(lake.table().to_pylist(), key=lambda row: row["order_id"])
    assert [(row["words"], row["bytes"]) for row in found] == content


def days(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 in the Gregorian calendar, for years that Python's dates do not reach (0 is 1 BC)."""
    shifted_year = year - (month <= 2)
    era, year_of_era = divmod(shifted_year, 400)
    day_of_year = (153 * ((month + 9) % 12) + 2) // 5 + day - 1
    return era * 146097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719468


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("date", "4713-01-01 BC", days(-4712, 1, 1)),
        ("date", "5874897-12-31", days(5874897, 12, 31)),
        ("timestamp", "4713-01-01 00:00:00 BC", days(-4712, 1, 1) * 86_400_000_000),
        ("timestamp", "294246-01-01 00:00:00.000001", days(294246, 1, 1) * 86_400_000_000 + 1),
        ("timestamptz", "0001-01-01 00:00:00+00 BC", days(0, 1, 1) * 86_400_000_000),
        ("timestamptz", "1969-12-31 23:59:59.999999+00", -1),
    ],
)
def test_the_ends_of_time_arrive(lake: Lake, database: Database, kind: str, value: str, expected: int) -> None:
    database.execute(f"CREATE TABLE orders (order_id int PRIMARY KEY, at {kind}, updated_at timestamptz)")
    database.execute("INSERT INTO orders VALUES (1, %s, NULL)", (value,))
    lake.run()
    wire = pa.int32() if kind == "date" else pa.int64()
    assert lake.table().column("at").combine_chunks().view(wire).to_pylist() == [expected]


@pytest.mark.parametrize(
    ("kind", "value", "named"),
    [
        ("numeric(12,2)", "NaN", "column amount holds what Parquet cannot: NaN"),
        ("numeric(4,4)", "NaN", "column amount holds what Parquet cannot: NaN"),
        ("timestamptz", "infinity", "column amount holds what Parquet cannot: infinity"),
        ("timestamp", "-infinity", "column amount holds what Parquet cannot: -infinity"),
        ("date", "infinity", "column amount holds what Parquet cannot: infinity"),
    ],
)
def test_a_value_that_parquet_cannot_hold_is_refused(
    lake: Lake, database: Database, kind: str, value: str, named: str
) -> None:
    database.execute(f"CREATE TABLE orders (order_id int PRIMARY KEY, amount {kind}, updated_at timestamptz)")
    database.execute("INSERT INTO orders VALUES (1, %s, NULL)", (value,))
    with pytest.raises(ExtractorError, match=named) as refused:
        lake.run()
    assert refused.value.system == "source database shop"
    assert "correct the value" in refused.value.remedy
    assert lake.keys() == []


def test_an_infinite_watermark_is_refused_rather_than_left_out(lake: Lake, orders: Database) -> None:
    orders.execute("INSERT INTO orders VALUES (6, 'new', 'infinity')")
    with pytest.raises(ExtractorError, match="column updated_at holds what Parquet cannot: infinity"):
        lake.run()


def test_a_text_longer_than_allowed_is_refused_by_name(lake: Lake, orders: Database) -> None:
    orders.execute("UPDATE orders SET status = repeat('é', 501) WHERE order_id = 3")
    with pytest.raises(ExtractorError, match="column status holds a value of 1002 bytes") as refused:
        lake.run(MAX_TEXT_BYTES="1001")
    assert "MAX_TEXT_BYTES" in refused.value.remedy
    assert lake.keys() == []
    lake.run(MAX_TEXT_BYTES="1002")
    assert "é" * 501 in lake.table().column("status").to_pylist()


def test_types_without_an_arrow_type_arrive_as_the_databases_text(lake: Lake, database: Database) -> None:
    database.execute("CREATE TYPE mood AS ENUM ('happy', 'so-so'); CREATE DOMAIN price AS numeric(10,3) NOT NULL")
    database.execute("CREATE DOMAIN fair_price AS price CHECK (VALUE > 0)")
    database.execute(
        "CREATE TABLE orders (order_id int PRIMARY KEY, mood mood, price fair_price, cash money, body jsonb, raw json,"
        " address inet, late timetz, points point, tags text[], at timestamptz[], bits bit(3), code char(4),"
        " ref oid, updated_at timestamptz)"
    )
    database.execute(
        "INSERT INTO orders VALUES (1, 'so-so', 1.5, '12.30', '{\"b\": 1e400, \"a\": \"é\"}', '{ \"a\":1.10 }',"
        " '10.0.0.1/8', '12:00:00.5+05:45', '(1,2)', '{\"a,b\",NULL}', '{2026-01-01 00:00:00+01}', B'101', 'ab',"
        " 4294967295, NULL)"
    )
    lake.run()
    row = lake.table().to_pylist()[0]
    assert row == {
        "order_id": 1,
        "mood": "so-so",
        "price": Decimal("1.500"),
        "cash": "12.30",
        "body": '{"a": "é", "b": 1' + "0" * 400 + "}",
        "raw": '{ "a":1.10 }',
        "address": "10.0.0.1/8",
        "late": "12:00:00.5+05:45",
        "points": "(1,2)",
        "tags": '{"a,b",NULL}',
        "at": '{"2025-12-31 23:00:00+00"}',
        "bits": "101",
        "code": "ab  ",
        "ref": 4294967295,
        "updated_at": None,
    }


def test_odd_names_are_quoted(lake: Lake, database: Database) -> None:
    database.execute('CREATE SCHEMA "odd.schema"')
    database.execute(
        'CREATE TABLE "odd.schema"."Or""ders"'
        ' ("Order Id" int PRIMARY KEY, "select" text, "a%%b?" int, "up;--" timestamptz)'
    )
    database.execute("""INSERT INTO "odd.schema"."Or""ders" VALUES (1, 'it''s', 7, '2026-01-01T00:00:00Z')""")
    lake.run(SOURCE_TABLE='"odd.schema"."Or""ders"', KEY_COLUMNS="Order Id", WATERMARK_COLUMN="up;--")
    assert lake.table().to_pylist() == [
        {"Order Id": 1, "select": "it's", "a%%b?": 7, "up;--": datetime(2026, 1, 1, tzinfo=UTC)}
    ]


def test_the_zone_of_the_session_changes_nothing(lake: Lake, database: Database) -> None:
    database.execute("CREATE TABLE orders (order_id int PRIMARY KEY, day date, updated_at timestamptz)")
    database.execute("INSERT INTO orders VALUES (1, '2026-03-29', '2026-03-29 01:30:00+00')")
    for zone in ("Europe/Madrid", "America/St_Johns", "Asia/Kathmandu"):
        database.execute(f"ALTER ROLE postgres IN DATABASE {database.name} SET timezone = '{zone}'")
        lake.run(FULL_REFRESH="true")
        row = lake.table().to_pylist()[0]
        assert (row["day"], row["updated_at"]) == (date(2026, 3, 29), datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    assert lake.watermark() == "2026-03-29T01:30:00.000000Z"
