import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from penstock_load.errors import LoadError


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    required: bool
    derived: str | None


@dataclass(frozen=True)
class Table:
    """How one manifest table becomes one warehouse table; tables.toml says what each field means."""

    name: str
    source: str
    manifest_table: str
    key: tuple[str, ...]
    watermark: str
    data_through: str
    columns: tuple[Column, ...]
    rejects: tuple[tuple[str, str], ...]

    @property
    def column_names(self) -> list[str]:
        return [column.name for column in self.columns]


@dataclass(frozen=True)
class Mart:
    name: str
    key: tuple[str, ...]
    slice: str
    data_through: str
    columns: tuple[str, ...]
    query: str
    inputs: dict[str, str] = field(hash=False)


@cache
def _specs() -> tuple[tuple[Table, ...], tuple[Mart, ...]]:
    specs = tomllib.loads((files("penstock_load") / "tables.toml").read_text(encoding="utf-8"))
    tables = []
    for name, spec in specs["tables"].items():
        derived = spec.get("derived", {})
        columns = tuple(
            Column(column, text.removesuffix(" not null"), text.endswith(" not null"), derived.get(column))
            for column, text in spec["columns"].items()
        )
        tables.append(
            Table(
                name=name,
                source=spec["source"],
                manifest_table=spec["manifest_table"],
                key=tuple(spec["key"]),
                watermark=spec["watermark"],
                data_through=spec["data_through"],
                columns=columns,
                rejects=tuple(spec.get("rejects", {}).items()),
            )
        )
    marts = tuple(
        Mart(
            name=name,
            key=tuple(spec["key"]),
            slice=spec["slice"],
            data_through=spec["data_through"],
            columns=tuple(spec["columns"]),
            query=spec["query"],
            inputs=spec["inputs"],
        )
        for name, spec in specs["marts"].items()
    )
    return tuple(tables), marts


def all_tables() -> tuple[Table, ...]:
    """In the order in which they are merged: a mart's query may need an earlier table merged already."""
    return _specs()[0]


def marts_of(tables: set[str]) -> list[Mart]:
    return [mart for mart in _specs()[1] if tables & mart.inputs.keys()]


def table_for(source: str, manifest_table: str) -> Table:
    """The warehouse table that takes this source's table; LoadError when none does."""
    for table in all_tables():
        if (table.source, table.manifest_table) == (source, manifest_table):
            return table
    known = ", ".join(f"{t.source}/{t.manifest_table}" for t in all_tables())
    raise LoadError(
        "job",
        f"no table of the warehouse takes {source}/{manifest_table}; known are {known}",
        "add it to tables.toml and warehouse.sql, or correct SOURCE_NAME and TABLE of the extract task",
    )
