import argparse
import importlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

Resolver = Callable[[Sequence[str], Sequence[str]], dict[str, Any]]

# awsglue.utils adds these by itself and fails when they are asked for.
GIVEN_BY_GLUE = ["JOB_ID", "JOB_RUN_ID"]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def _resolve_without_glue(argv: Sequence[str], options: Sequence[str]) -> dict[str, Any]:
    parser = _Parser(allow_abbrev=False)
    for name in GIVEN_BY_GLUE:
        parser.add_argument(f"--{name}")
    for name in options:
        parser.add_argument(f"--{name}", required=True)
    known, _ = parser.parse_known_args(list(argv[1:]))
    return vars(known)


def resolver() -> Resolver:
    """Glue's own getResolvedOptions where the awsglue library is, the same behaviour elsewhere."""
    if importlib.util.find_spec("awsglue") is None:
        return _resolve_without_glue
    resolve: Resolver = importlib.import_module("awsglue.utils").getResolvedOptions
    return resolve
