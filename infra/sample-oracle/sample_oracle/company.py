"""The company's data: the one file that the product and this oracle share."""

import json
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict

COMPANY_FILE = Path(__file__).resolve().parents[3] / "server" / "sample" / "company.json"

Quantiles = list[list[int]]
Kind = Literal["python", "mapped", "sensor", "ecs", "glue"]


class Task(TypedDict):
    id: str
    kind: Kind
    after: list[str]
    work: NotRequired[list[int]]
    definition: NotRequired[str]
    job: NotRequired[str]
    source: NotRequired[str]
    spot: NotRequired[bool]
    lateness: NotRequired[str]
    timeoutMinutes: NotRequired[int]
    skipPpm: NotRequired[int]
    slots: NotRequired[int]
    slotSeconds: NotRequired[int]


class Schedule(TypedDict):
    kind: Literal["interval", "daily", "monthly", "assets"]
    everyMinutes: NotRequired[int]
    offsetMinutes: NotRequired[int]
    at: NotRequired[str]
    days: NotRequired[Literal["all", "working"]]
    on: NotRequired[int | Literal["first_working", "last_working"]]
    after: NotRequired[list[str]]


class Pipeline(TypedDict):
    id: str
    owner: str
    zone: str
    calendar: str
    schedule: Schedule
    retries: int
    retryDelaySeconds: int
    flakiness: int
    growthPer100Days: int
    tasks: list[Task]
    mapWidth: NotRequired[list[int]]
    fromDay: NotRequired[int]
    untilDay: NotRequired[int]


class Expect(TypedDict):
    by: str
    days: Literal["all", "working"]
    graceMinutes: int


class Table(TypedDict):
    name: str
    pipeline: str
    task: str
    rows: int
    updatedPermille: int
    expect: NotRequired[Expect]
    warnAfterMinutes: NotRequired[int]
    errorAfterMinutes: NotRequired[int]


# Functional form: `class` is a keyword.
Effect = TypedDict(
    "Effect",
    {
        "effect": str,
        "fromDay": NotRequired[int],
        "fromTime": NotRequired[str],
        "toDay": NotRequired[int],
        "toTime": NotRequired[str],
        "tasks": NotRequired[list[str]],
        "source": NotRequired[str],
        "spot": NotRequired[bool],
        "ppm": NotRequired[int],
        "family": NotRequired[str],
        "mibPerDay": NotRequired[int],
        "tables": NotRequired[list[str]],
        "daysBack": NotRequired[int],
        "pipeline": NotRequired[str],
        "fromDate": NotRequired[int],
        "toDate": NotRequired[int],
        "at": NotRequired[str],
        "spacingSeconds": NotRequired[int],
        "class": NotRequired[str],
    },
)


class Event(TypedDict):
    id: str
    title: str
    day: int | None
    cause: str
    effects: list[Effect]
    onWorkingDay: NotRequired[bool]


class Revision(TypedDict):
    revision: int
    day: int
    cpuUnits: int
    memoryMib: int
    imageTag: str
    durationPermille: int


class Definition(TypedDict):
    family: str
    container: str
    repository: str
    architecture: Literal["ARM64", "X86_64"]
    memoryUseMib: int
    revisions: list[Revision]


class GlueJob(TypedDict):
    name: str
    workerType: Literal["G.1X", "G.2X"]
    numberOfWorkers: int
    timeoutMinutes: int
    executionClass: Literal["STANDARD", "FLEX"]
    meteredPermille: int | None


class Rate(TypedDict):
    vcpuHour: str
    gbHour: str


class GlueRate(TypedDict):
    standardDpuHour: str
    flexDpuHour: str


class Price(TypedDict):
    fromDay: int | None
    fargate: dict[str, Any]
    glue: GlueRate


class Owner(TypedDict):
    id: str
    zone: str
    people: list[str]


class Volume(TypedDict):
    weekdays: dict[str, int]
    months: list[int]
    hours: list[int]


class Company:
    """Typed access to company.json, by name."""

    def __init__(self, path: Path = COMPANY_FILE) -> None:
        self._data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))

    @property
    def account(self) -> str:
        return str(self._data["account"])

    @property
    def region(self) -> str:
        return str(self._data["region"])

    @property
    def cluster(self) -> str:
        return str(self._data["cluster"])

    @property
    def calendars(self) -> list[str]:
        """Every calendar of a working day, by country."""
        return list(self._data["calendars"].values())

    @property
    def volume(self) -> Volume:
        volume: Volume = self._data["volume"]
        return volume

    @property
    def peaks(self) -> list[int]:
        return list(self._data["peaks"])

    @property
    def distributions(self) -> dict[str, Quantiles]:
        return dict(self._data["distributions"])

    @property
    def failures(self) -> dict[str, list[tuple[str, int]]]:
        return {kind: [(name, ppm) for name, ppm in entries] for kind, entries in self._data["failures"].items()}

    @property
    def sticky(self) -> list[str]:
        return list(self._data["sticky"])

    @property
    def execution_timeout_minutes(self) -> int:
        return int(self._data["executionTimeoutMinutes"])

    @property
    def prices(self) -> list[Price]:
        return list(self._data["prices"])

    @property
    def events(self) -> list[Event]:
        return list(self._data["events"])

    @cached_property
    def holidays(self) -> dict[str, set[str]]:
        return {calendar: set(dates) for calendar, dates in self._data["holidays"].items()}

    @cached_property
    def owners(self) -> dict[str, Owner]:
        return {owner["id"]: owner for owner in self._data["owners"]}

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        return {definition["family"]: definition for definition in self._data["definitions"]}

    @cached_property
    def glue_jobs(self) -> dict[str, GlueJob]:
        return {job["name"]: job for job in self._data["glueJobs"]}

    @cached_property
    def pipelines(self) -> dict[str, Pipeline]:
        return {pipeline["id"]: pipeline for pipeline in self._data["pipelines"]}

    @cached_property
    def tables(self) -> dict[str, Table]:
        return {table["name"]: table for table in self._data["tables"]}

    def tables_of(self, pipeline: str, task: str) -> list[Table]:
        return [table for table in self.tables.values() if table["pipeline"] == pipeline and table["task"] == task]
