"""One JSON object a line on stdout: timestamp, level, event, fields."""

import json
import sys
from datetime import UTC, datetime

_secrets: list[str] = []


def hide(secret: str | None) -> None:
    """Replaces `secret` by *** in every later line, because drivers quote what they were given."""
    if secret:
        _secrets.append(secret)
        _secrets.sort(key=len, reverse=True)


def _line(level: str, event: str, fields: dict[str, object]) -> str:
    timestamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps(
        {"timestamp": timestamp, "level": level, "event": event, **fields},
        ensure_ascii=False,
        default=str,
    )
    for secret in _secrets:
        line = line.replace(json.dumps(secret, ensure_ascii=False)[1:-1], "***")
    return line


def info(event: str, **fields: object) -> None:
    print(_line("info", event, fields), flush=True)


def warning(event: str, **fields: object) -> None:
    print(_line("warning", event, fields), flush=True)


def error(event: str, **fields: object) -> None:
    print(_line("error", event, fields), file=sys.stdout, flush=True)
