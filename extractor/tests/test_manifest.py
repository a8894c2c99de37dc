"""The example that the TypeScript tests parse too, and what a manifest must not be."""

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import Database, Lake
from extractor.errors import ExtractorError
from extractor.manifest import Manifest

EXAMPLE = json.loads((Path(__file__).resolve().parents[1] / "manifest.example.json").read_text())


def test_the_example_is_read_and_written_unchanged() -> None:
    assert Manifest.from_json(EXAMPLE).to_json() == EXAMPLE


def test_a_run_writes_the_fields_of_the_example(lake: Lake, orders: Database) -> None:
    lake.run()
    written = lake.json(f"{lake.folder('run-1')}/_manifest.json")
    assert list(written) == list(EXAMPLE)
    for part in ("source", "watermark"):
        assert list(written[part]) == list(EXAMPLE[part])
    for part in ("schema", "files"):
        assert list(written[part][0]) == list(EXAMPLE[part][0])
    assert written["schema"] == [
        {"name": "order_id", "type": "int64", "nullable": False},
        {"name": "status", "type": "string", "nullable": True},
        {"name": "updated_at", "type": "timestamp[us, tz=UTC]", "nullable": True},
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        {**EXAMPLE, "version": 2},
        {**EXAMPLE, "rows": 1},
        {**EXAMPLE, "watermark": {}},
        {**EXAMPLE, "files": [{"path": "x"}]},
        {**EXAMPLE, "started_at": "yesterday"},
    ],
)
def test_what_is_no_manifest_is_refused(wrong: Any) -> None:
    with pytest.raises(ExtractorError, match=r"_manifest\.json cannot be read"):
        Manifest.from_json(wrong)
