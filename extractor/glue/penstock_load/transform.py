from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DoubleType, FloatType, StringType

from penstock_load.errors import LoadError
from penstock_load.tables import Column, Table

RAW = "_raw"
REASON = "_reason"
# Wide enough for every numeric of the warehouse, with room to see digits that its scale would cut.
WIDE_DECIMAL = "decimal(38,18)"


def transform(raw: DataFrame, table: Table) -> DataFrame:
    """Types the rows of a manifest's parts for the table.

    The result has the table's columns, `_reason` (null where the row is accepted) and `_raw` (the row as it was read).
    Raises LoadError when a column is missing.
    """
    kinds = {field.name: field.dataType for field in raw.schema.fields}
    read = [column for column in table.columns if column.name in kinds]
    derived = [column for column in table.columns if column.name not in kinds]
    missing = [column.name for column in derived if column.derived is None]
    if missing:
        raise LoadError(
            "data lake",
            f"the data for {table.name} has no column {', '.join(missing)}",
            "compare the source's columns with tables.toml, then run the extract task and this one again",
        )
    frame = raw.select(F.struct(*(F.col(f"`{name}`") for name in kinds)).alias(RAW))
    frame = frame.select(RAW, *(F.expr(_typed(column, kinds[column.name])).alias(column.name) for column in read))
    frame = frame.withColumns({column.name: F.expr(f"try_cast({column.derived} as {column.type})") for column in derived})
    faults = [fault for column in read for fault in _faults(column, kinds[column.name])]
    faults += [(f"null_{column.name}", f"{column.name} is null") for column in derived if column.required]
    return frame.withColumn(REASON, _first_that_holds([*faults, *table.rejects]))


def to_stage(transformed: DataFrame, table: Table) -> DataFrame:
    return transformed.select(*table.column_names, REASON)


def _first_that_holds(faults: list[tuple[str, str]]) -> SparkColumn:
    return F.coalesce(*(F.when(F.expr(condition), F.lit(reason)) for reason, condition in faults))


def _typed(column: Column, kind: DataType) -> str:
    source = f"{RAW}.`{column.name}`"
    if isinstance(kind, FloatType | DoubleType) and column.type.startswith("decimal"):
        # The shortest text of a float is the number that was meant; its binary value has some fifty digits.
        source = f"cast({source} as string)"
    return f"try_cast({source} as {column.type})"


def _faults(column: Column, kind: DataType) -> list[tuple[str, str]]:
    source = f"{RAW}.`{column.name}`"
    faults = [(f"null_{column.name}", f"{source} is null")] if column.required else []
    faults.append((f"unreadable_{column.name}", f"{source} is not null and not {_kept(column, kind)}"))
    if column.type == "string":
        # PostgreSQL's text cannot hold it, and one such row would fail the whole COPY.
        faults.append((f"nul_character_in_{column.name}", f"instr({column.name}, '\\u0000') > 0"))
    return faults


def _kept(column: Column, kind: DataType) -> str:
    """A condition that holds where the typed value says all that the source's value said: no digit rounded off, no time of day cut."""
    source, typed = f"{RAW}.`{column.name}`", column.name
    if kind.simpleString() == column.type or column.type == "string":
        return f"{typed} is not null"
    if not isinstance(kind, StringType):
        return f"coalesce(try_cast({typed} as {kind.simpleString()}) = {source}, false)"
    if column.type.startswith("decimal"):
        return f"coalesce(try_cast({source} as {WIDE_DECIMAL}) = {typed}, false)"
    return f"{typed} is not null"
