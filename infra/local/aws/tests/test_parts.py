"""Pure parts: where objects lie, how errors read, how the template resolves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from local_aws.glue_errors import error_message
from local_aws.logs import EVENT_BYTES, pieces
from local_aws.s3_disk import object_file, object_key
from local_aws.template import Template, TemplateError


@pytest.mark.parametrize(
    "key", ["a", "a/b", "a/", "/a", "a//b", "../../etc/passwd", "./=x", "run=é ü/%41:b", "a.b-c_d", "..."]
)
def test_keys_map_to_files_inside_the_bucket_and_back(tmp_path: Path, key: str) -> None:
    file = object_file(tmp_path, "bucket", key)
    assert file.resolve().is_relative_to(tmp_path / "bucket")
    assert object_key(tmp_path, "bucket", file) == key


def test_long_lines_are_cut_between_characters() -> None:
    line = "ü" * EVENT_BYTES
    parts = pieces(line)
    assert "".join(parts) == line
    assert max(len(part.encode()) for part in parts) <= EVENT_BYTES


def test_a_death_without_traceback_is_told_by_its_exit_code() -> None:
    assert error_message(137, ["WARN something", "  at line 3"], "load.py") == "Command failed with exit code 137"


def test_the_last_exception_counts() -> None:
    tail = [
        "ValueError: first",
        "Traceback (most recent call last):",
        '  File "/x/load.py", line 12, in <module>',
        "m.LoadError: db: locked",
    ]
    assert error_message(1, tail, "load.py").endswith("Failed Line Number: 12; LoadError: db: locked")


def template(folder: Path, document: dict[str, Any]) -> Template:
    (folder / "Penstock.template.json").write_text(json.dumps(document))
    return Template(folder, "123456789012", "eu-west-1")


def test_references_resolve_to_names_and_arns(tmp_path: Path) -> None:
    resolved = template(
        tmp_path,
        {
            "Parameters": {"P": {"Default": "given"}},
            "Resources": {
                "B": {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {"BucketName": {"Fn::Join": ["-", ["b", {"Ref": "P"}]]}},
                },
                "R": {"Type": "AWS::IAM::Role"},
            },
        },
    ).resolve(
        {
            "a": {"Ref": "B"},
            "b": {"Fn::GetAtt": ["B", "Arn"]},
            "c": {"Fn::Sub": ["${B}/${x}/${!kept}/${R.Arn}", {"x": {"Ref": "AWS::Region"}}]},
            "d": {"Fn::Select": [1, {"Fn::Split": [":", "p:q"]}]},
            "e": {"Ref": "AWS::NoValue"},
        }
    )
    assert resolved == {
        "a": "b-given",
        "b": "arn:aws:s3:::b-given",
        "c": "b-given/eu-west-1/${kept}/arn:aws:iam::123456789012:role/penstock-r",
        "d": "q",
    }


def test_what_is_not_known_is_named(tmp_path: Path) -> None:
    unknown = template(tmp_path, {"Resources": {}})
    with pytest.raises(TemplateError, match="Fn::Cidr"):
        unknown.resolve({"Fn::Cidr": []})
    with pytest.raises(TemplateError, match="Absent"):
        unknown.resolve({"Ref": "Absent"})
