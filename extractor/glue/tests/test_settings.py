import pytest

from penstock_load.errors import LoadError
from penstock_load.settings import Settings

MANIFEST = "s3://data/raw/shop/orders/load_date=2026-11-22/run=k/_manifest.json"


def arguments(**options: str) -> list[str]:
    given = {"JOB_NAME": "penstock-load", "RUN_KEY": "sales_daily.r.load-1a2b3c4d", "MANIFESTS": f'["{MANIFEST}"]'} | options
    return ["load.py", *(word for name, value in given.items() for word in (f"--{name}", value) if value != "absent")]


def test_what_glue_passes_is_read_and_its_own_options_are_left_alone() -> None:
    argv = arguments(JOB_RUN_ID="jr_1", JOB_ID="j_1", ATTEMPT="2", PENSTOCK_JOIN_KEY='{"v":1,"try":2}', QUARANTINE="s3://data/quarantine/")
    settings = Settings.from_arguments([*argv, "--job-bookmark-option", "job-bookmark-disable", "--enable-metrics", "true", "--TempDir", "s3://t/"])
    assert (settings.job_name, settings.job_run_id, settings.run_key) == ("penstock-load", "jr_1", "sales_daily.r.load-1a2b3c4d")
    assert (settings.attempt, settings.join_key, settings.manifests) == (2, '{"v":1,"try":2}', (MANIFEST,))
    assert (settings.quarantine, settings.warehouse_secret, settings.lock_timeout_seconds) == (
        "s3://data/quarantine",
        "penstock/warehouse/loader",
        60,
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"RUN_KEY": "absent"}, "RUN_KEY"),
        ({"RUN_KEY": "sales daily"}, "--RUN_KEY: expected 1 to 160 of A-Z a-z 0-9 . _ -, got sales daily"),
        ({"RUN_KEY": "k" * 161}, "--RUN_KEY: expected 1 to 160"),
        ({"MANIFESTS": "s3://data/_manifest.json"}, "--MANIFESTS: expected a JSON array"),
        ({"MANIFESTS": "[]"}, "--MANIFESTS: expected a JSON array"),
        (
            {"MANIFESTS": '["s3://data/raw/shop/orders/part-1-00000.parquet"]'},
            "--MANIFESTS: expected a JSON array of uris that end in _manifest.json",
        ),
        ({"MANIFESTS": f'["{MANIFEST}", "{MANIFEST}"]'}, "--MANIFESTS"),
        ({"ATTEMPT": "0"}, "--ATTEMPT: expected a number of at least 1, got 0"),
        ({"LOCK_TIMEOUT_SECONDS": "0"}, "--LOCK_TIMEOUT_SECONDS: expected a number of at least 0.001, got 0"),
        ({"DRILL_SLEEP_SECONDS": "soon"}, "--DRILL_SLEEP_SECONDS: expected a number of at least 0, got soon"),
        ({"VERIFY_SHA256": "yes"}, "--VERIFY_SHA256: expected true or false, got yes"),
    ],
)
def test_a_wrong_argument_is_named_with_what_was_expected(options: dict[str, str], message: str) -> None:
    with pytest.raises(LoadError) as refused:
        Settings.from_arguments(arguments(**options))
    assert refused.value.system == "job arguments"
    assert message in refused.value.message
