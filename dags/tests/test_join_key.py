"""The bytes of the join key, and what is read from a run's context to make it."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock_dags import run_context
from penstock_dags.join_key import JoinKey

GOLDEN: list[dict[str, Any]] = json.loads((Path(__file__).parent / "join_key.golden.json").read_text())


def key_of(case: dict[str, Any]) -> JoinKey:
    key = case["key"]
    return JoinKey(key["environment"], key["dag"], key["run"], key["task"], key["map"], key["try"])


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_the_golden_bytes(case: dict[str, Any]) -> None:
    key = key_of(case)
    assert (key.to_json(), key.digest(), key.run_key()) == (case["json"], case["digest"], case["run_key"])
    assert json.loads(case["json"]) == {"v": 1, **case["key"]}


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case["name"])
def test_a_run_key_fits_a_path_and_a_digest_fits_a_tag(case: dict[str, Any]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,160}", key_of(case).run_key())
    assert re.fullmatch(r"[0-9a-f]{64}", key_of(case).digest())


def test_the_run_key_is_that_of_all_tries_and_of_no_other_task_instance() -> None:
    first = JoinKey("penstock", "d", "r", "t", -1, 1)
    assert first.run_key() == JoinKey("penstock", "d", "r", "t", -1, 2).run_key()
    assert first.digest() != JoinKey("penstock", "d", "r", "t", -1, 2).digest()
    others = [
        JoinKey("other", "d", "r", "t", -1, 1),
        JoinKey("penstock", "d", "r", "t", 0, 1),
        JoinKey("penstock", "d.r", "t", "", -1, 1),
        JoinKey("penstock", "d", "r", "u", -1, 1),
    ]
    assert len({first.run_key(), *(one.run_key() for one in others)}) == 5


def context(**dag_run: Any) -> dict[str, Any]:
    ti = SimpleNamespace(dag_id="d", run_id="r", task_id="t", map_index=3, try_number=2)
    return {"ti": ti, "dag_run": SimpleNamespace(run_id="r", **dag_run)}


def test_the_key_is_that_of_the_running_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_ENV_NAME", "prod")
    assert run_context.join_key(context()) == JoinKey("prod", "d", "r", "t", 3, 2)
    assert run_context.join_key(context(), "t").map_index == 3
    assert run_context.run_key(context(), "other") == JoinKey("prod", "d", "r", "other", -1, 1).run_key()


def test_without_a_name_the_environment_is_local_airflow_and_without_a_map_index_it_is_minus_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_ENV_NAME")
    unmapped = context()
    unmapped["ti"].map_index = None
    assert run_context.join_key(unmapped) == JoinKey("local-airflow", "d", "r", "t", -1, 2)


NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("dag_run", "date"),
    [
        ({"run_after": NOON, "logical_date": None, "data_interval_end": None}, "2026-11-22"),
        ({"run_after": NOON, "logical_date": NOON - timedelta(days=1)}, "2026-11-22"),
        ({"logical_date": NOON - timedelta(days=1), "data_interval_end": NOON}, "2026-11-22"),
        ({"logical_date": NOON, "data_interval_end": None}, "2026-11-22"),
        ({"execution_date": NOON}, "2026-11-22"),
        ({"run_after": datetime(2026, 11, 23, 0, 30, tzinfo=timezone(timedelta(hours=1)))}, "2026-11-22"),
    ],
    ids=["Airflow 3 by hand", "Airflow 3 by schedule", "Airflow 2 by schedule", "Airflow 2 without interval", "before 2.2", "another zone"],
)
def test_the_load_date_is_the_utc_date_after_which_the_run_could_start(dag_run: dict[str, Any], date: str) -> None:
    assert run_context.load_date(context(**dag_run)) == date


def test_a_run_without_any_date_says_so() -> None:
    with pytest.raises(ValueError, match="neither run_after nor"):
        run_context.load_date(context(run_after=None))
