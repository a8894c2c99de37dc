"""What the server is told by the supervisor: one JSON file, read at start."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from local_aws.places import Place


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
    places: list[Place] = field(default_factory=list)
    """Other accounts and regions, seeded from the same template; each has the Airflow environments of that template."""
    external_id: str = ""
    """What the reader of another account must say to assume its role there."""
    metrics_seconds: float = 60.0
    """Between two reports of Container Insights and of Glue; AWS takes 60 and 30."""
    stopped_task_minutes: float = 60.0
    """How long ECS still answers for a task that has stopped."""
    spot_seconds: float = 3.0
    """How long Spot capacity lasts here; AWS takes it back when it likes."""
    rest_path_limit: int | None = None
    """Longest Path that InvokeRestApi accepts; the service's model says 64, the service accepts more."""

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def aws_env(self, region: str, keys: tuple[str, str]) -> dict[str, str]:
        """The environment in which a container's SDK finds this endpoint, its region and its access key and secret."""
        key, secret = keys
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TZ", "TMPDIR") if name in os.environ}
        return {
            **inherited,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": region,
            "AWS_REGION": region,
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
            places=[Place(**place) for place in raw.get("places", [])],
            external_id=raw.get("externalId", ""),
            metrics_seconds=raw.get("metricsSeconds", 60.0),
            stopped_task_minutes=raw.get("stoppedTaskMinutes", 60.0),
            spot_seconds=raw.get("spotSeconds", 3.0),
            rest_path_limit=raw.get("restPathLimit"),
        )
