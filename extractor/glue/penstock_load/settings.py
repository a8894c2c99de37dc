import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from penstock_load.errors import LoadError
from penstock_load.glue_options import resolver

RUN_KEY = re.compile(r"[A-Za-z0-9._-]{1,160}")
REQUIRED = ["JOB_NAME", "RUN_KEY", "MANIFESTS"]
OPTIONAL = {
    "ATTEMPT": "1",
    "PENSTOCK_JOIN_KEY": "",
    "WAREHOUSE_SECRET": "penstock/warehouse/loader",
    "QUARANTINE": "",
    "REGION": "",
    "LOCK_TIMEOUT_SECONDS": "60",
    "VERIFY_SHA256": "true",
    "DRILL_SLEEP_SECONDS": "0",
}


@dataclass(frozen=True)
class Settings:
    """The arguments of one job run. Times are in seconds; uris are s3:// (or file:// on one machine)."""

    job_name: str
    job_run_id: str | None
    run_key: str
    manifests: tuple[str, ...]
    attempt: int
    join_key: str | None
    warehouse_secret: str
    quarantine: str | None
    region: str | None
    lock_timeout_seconds: float
    verify_sha256: bool
    drill_sleep_seconds: float

    @staticmethod
    def from_arguments(argv: Sequence[str]) -> "Settings":
        """Reads Glue's argument list (the program's name first). Glue knows no optional arguments, so only those present are asked for."""
        given = [name for name in OPTIONAL if any(a == f"--{name}" or a.startswith(f"--{name}=") for a in argv)]
        try:
            options = {**OPTIONAL, **resolver()(list(argv), [*REQUIRED, *given])}
        except Exception as error:
            raise _refused("the arguments", "--JOB_NAME, --RUN_KEY and --MANIFESTS, each with a value", str(error)) from error
        if not RUN_KEY.fullmatch(options["RUN_KEY"]):
            raise _refused("--RUN_KEY", "1 to 160 of A-Z a-z 0-9 . _ -", options["RUN_KEY"])
        if options["VERIFY_SHA256"] not in ("true", "false"):
            raise _refused("--VERIFY_SHA256", "true or false", options["VERIFY_SHA256"])
        return Settings(
            job_name=options["JOB_NAME"],
            job_run_id=options.get("JOB_RUN_ID"),
            run_key=options["RUN_KEY"],
            manifests=_manifest_uris(options["MANIFESTS"]),
            attempt=int(_number("ATTEMPT", options["ATTEMPT"], at_least=1)),
            join_key=options["PENSTOCK_JOIN_KEY"] or None,
            warehouse_secret=options["WAREHOUSE_SECRET"],
            quarantine=options["QUARANTINE"].rstrip("/") or None,
            # boto3 itself looks at AWS_DEFAULT_REGION only.
            region=options["REGION"] or os.environ.get("AWS_REGION") or None,
            lock_timeout_seconds=_number("LOCK_TIMEOUT_SECONDS", options["LOCK_TIMEOUT_SECONDS"], at_least=0.001),
            verify_sha256=options["VERIFY_SHA256"] == "true",
            drill_sleep_seconds=_number("DRILL_SLEEP_SECONDS", options["DRILL_SLEEP_SECONDS"], at_least=0),
        )


def _manifest_uris(text: str) -> tuple[str, ...]:
    expected = 'a JSON array of uris that end in _manifest.json, such as ["s3://bucket/raw/shop/orders/load_date=2026-11-22/run=k/_manifest.json"]'
    try:
        uris = json.loads(text)
    except json.JSONDecodeError as error:
        raise _refused("--MANIFESTS", expected, text) from error
    if (
        not isinstance(uris, list)
        or not uris
        or not all(isinstance(u, str) and u.endswith("/_manifest.json") for u in uris)
        or len(set(uris)) != len(uris)
    ):
        raise _refused("--MANIFESTS", expected, text)
    return tuple(uris)


def _number(name: str, text: str, at_least: float) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise _refused(f"--{name}", f"a number of at least {at_least}", text) from error
    if not at_least <= value < float("inf"):
        raise _refused(f"--{name}", f"a number of at least {at_least}", text)
    return value


def _refused(what: str, expected: str, got: str) -> LoadError:
    return LoadError(
        "job arguments", f"{what}: expected {expected}, got {got}", "correct the arguments in the DAG or the Glue job and start it again"
    )
