"""What the server is told by the supervisor: one JSON file, read at start."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Command:
    """A local command that stands for an image or for Glue's runtime. The environment is added to AWS's own."""

    argv: list[str]
    env: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Airflow:
    """A running Airflow behind an MWAA environment name. `url` has no path; `api` is the prefix MWAA adds."""

    url: str
    api: str = "/api/v2"
    version: str | None = None
    """What GetEnvironment answers instead of the template's version."""
    username: str = ""
    """A user of Airflow 2, which has no all-admins login."""
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settings:
    """Ports, folders and commands of the data plane."""

    port: int
    state: Path
    account: str
    region: str
    image: Command
    """What stands for every image asset that the template names."""
    glue: Command
    airflow: dict[str, Airflow]
    seconds_per_minute: float = 60.0
    """How long one minute of a Glue job's Timeout lasts here."""
    rest_path_limit: int | None = None
    """Longest Path that InvokeRestApi accepts; the service's model says 64, the service accepts more."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def aws_env(self) -> dict[str, str]:
        """The environment in which a container's SDK finds this endpoint and credentials that it accepts."""
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ", "TMPDIR") if name in os.environ}
        return {
            **inherited,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "PYTHONUNBUFFERED": "1",
        }

    @classmethod
    def from_env(cls) -> Settings:
        """Read the file that `LOCAL_AWS_CONFIG` names."""
        return cls.from_file(Path(os.environ["LOCAL_AWS_CONFIG"]))

    @classmethod
    def from_file(cls, path: Path) -> Settings:
        raw = json.loads(path.read_text())
        return cls(
            port=raw["port"],
            state=Path(raw["state"]),
            account=raw["account"],
            region=raw["region"],
            image=Command(**raw["image"]),
            glue=Command(**raw["glue"]),
            airflow={name: Airflow(**where) for name, where in raw["airflow"].items()},
            seconds_per_minute=raw.get("secondsPerMinute", 60.0),
            rest_path_limit=raw.get("restPathLimit"),
        )
