import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from conftest import GLUE, Pipeline
from lake import Lake, order

from penstock_load.errors import LoadError
from penstock_load.manifest import check_parts, read_manifest
from penstock_load.storage import Storage

EXAMPLE = GLUE.parent / "manifest.example.json"
STORAGE = Storage(None)


def test_the_example_that_the_extractor_promises_is_understood(tmp_path: Path) -> None:
    (tmp_path / "_manifest.json").write_bytes(EXAMPLE.read_bytes())
    manifest = read_manifest(STORAGE, f"file://{tmp_path}/_manifest.json")
    example = json.loads(EXAMPLE.read_bytes())
    assert (manifest.source, manifest.table, manifest.load_date, manifest.rows) == ("shop", "orders", "2026-11-22", example["rows"])
    assert [part.uri for part in manifest.parts] == [f"file://{tmp_path}/{file['path']}" for file in example["files"]]
    assert manifest.columns == tuple(column["name"] for column in example["schema"])


def test_the_content_is_the_same_under_other_names_and_differs_with_any_part(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    digests = [
        read_manifest(STORAGE, uri).content_sha256
        for uri in (
            lake.run("orders", [[order(1)], [order(2)]]),
            lake.run("orders", [[order(2)], [order(1)]], run="r2", attempt=3),
            lake.run("orders", [[order(1)]], run="r3"),
            lake.run("orders", [], run="r4"),
        )
    ]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"version": 2}, "version is 2, expected 1"),
    ({"rows": 3}, "rows is 3, its files add up to 1"),
    ({"rows": None}, "rows is None, expected a whole number"),
    ({"table": ""}, "table is '', expected a text"),
    ({"source": None}, "TypeError"),
    ({"files": [{"path": "../part.parquet", "rows": 1, "size_bytes": 1, "sha256": "0" * 64}]}, "expected the name of a file beside the manifest"),
    ({"files": [{"path": "part.parquet", "rows": 1, "size_bytes": 1, "sha256": "abc"}]}, "expected 64 hexadecimal digits"),
    ({"files": [{"path": "part.parquet", "rows": -1, "size_bytes": 1, "sha256": "0" * 64}]}, "rows is -1, expected a whole number"),
]


@pytest.mark.parametrize(("changes", "message"), WRONG)
def test_a_manifest_that_is_wrong_is_refused_with_the_reason(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(LoadError) as refused:
        read_manifest(STORAGE, Lake(tmp_path).run("orders", [[order(1)]], changes=changes))
    assert refused.value.system == "data lake"
    assert message in refused.value.message


def test_a_manifest_cut_short_is_refused(tmp_path: Path) -> None:
    uri = Lake(tmp_path).run("orders", [[order(1)]])
    path = Path(uri.removeprefix("file://"))
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(LoadError, match="is not readable: JSONDecodeError"):
        read_manifest(STORAGE, uri)


def test_data_without_a_manifest_is_refused(pipeline: Pipeline) -> None:
    uri = pipeline.lake.run("orders", [[order(1)]])
    Path(uri.removeprefix("file://")).unlink()
    with pytest.raises(LoadError, match=r"data lake: there is no manifest at .*_manifest\.json.*Remedy: run the extract task"):
        pipeline.load(uri)
    assert pipeline.rows("select count(*) from sales.orders") == [(0,)]


def damaged(uri: str, how: str) -> str:
    part = Path(uri.removeprefix("file://")).parent / "part-1-00000.parquet"
    content = part.read_bytes()
    match how:
        case "missing":
            part.unlink()
        case "longer":
            part.write_bytes(content + b"\0")
        case "other bytes":
            part.write_bytes(content[:50] + bytes([content[50] ^ 1]) + content[51:])
    return uri


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("missing", "part-1-00000.parquet is missing"),
        ("longer", "bytes, its manifest says"),
        ("other bytes", "has another sha256 than its manifest says"),
    ],
)
def test_a_part_that_differs_from_its_manifest_is_refused(tmp_path: Path, how: str, message: str) -> None:
    manifest = read_manifest(STORAGE, damaged(Lake(tmp_path).run("orders", [[order(1)], [order(2)]]), how))
    with pytest.raises(LoadError) as refused:
        check_parts(STORAGE, manifest, verify_sha256=True)
    assert message in refused.value.message


def test_a_part_with_fewer_rows_than_its_manifest_says_is_refused(pipeline: Pipeline) -> None:
    uri = pipeline.lake.run("orders", [[order(1)]])
    path = Path(uri.removeprefix("file://"))
    manifest = json.loads(path.read_bytes())
    manifest["rows"] = manifest["files"][0]["rows"] = 2
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(LoadError, match=r"data lake: the parts of sales\.orders hold 1 rows, their manifest says 2"):
        pipeline.load(uri)
    assert pipeline.rows("select count(*) from sales.orders") == [(0,)]


def test_a_part_that_is_no_parquet_is_named(pipeline: Pipeline) -> None:
    uri = pipeline.lake.run("orders", [[order(1)]])
    path = Path(uri.removeprefix("file://"))
    content = b"not Parquet, but exactly what the manifest says"
    (path.parent / "part-1-00000.parquet").write_bytes(content)
    manifest = json.loads(path.read_bytes())
    manifest["files"][0] |= {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(LoadError, match=r"^Spark: .*part-1-00000\.parquet is not a Parquet file.*Remedy: read the traceback above"):
        pipeline.load(uri)


def test_a_table_that_the_warehouse_does_not_take_and_one_that_comes_twice_are_refused(pipeline: Pipeline) -> None:
    with pytest.raises(LoadError, match="no table of the warehouse takes elsewhere/orders; known are shop/customers, shop/orders"):
        pipeline.load(pipeline.lake.run("orders", [[order(1)]], source="elsewhere"))
    with pytest.raises(LoadError, match=r"two manifests for sales\.orders"):
        pipeline.load(pipeline.lake.run("orders", [[order(1)]]), pipeline.lake.run("orders", [[order(2)]], run="r2"))
