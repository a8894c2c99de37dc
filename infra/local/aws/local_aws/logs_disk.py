"""Log streams as files, so that what a container said outlives the emulator's memory."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from moto.core.utils import utcfromtimestamp
from moto.logs.models import LogEvent, LogGroup, LogsBackend, LogStream

from local_aws.patching import replace
from local_aws.settings import Settings


def folder_of(root: Path, account: str, region: str, group: str) -> Path:
    return root / account / region / quote(group, safe="")


def append(root: Path, stream: LogStream, events: list[LogEvent]) -> None:
    """Add events to a stream's file. It is named by a hash: a stream's name may be longer than a file's."""
    folder = folder_of(root, stream.account_id, stream.region, stream.log_group.name)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{hashlib.sha256(stream.log_stream_name.encode()).hexdigest()}.jsonl"
    lines = [] if file.exists() else [json.dumps(stream.log_stream_name)]
    lines += [json.dumps([event.timestamp, event.ingestion_time, event.message]) for event in events]
    with file.open("a") as out:
        out.write("\n".join(lines) + "\n")


def restore(root: Path, group: LogGroup) -> None:
    """Bring back the streams of a group. A line that a kill cut short is left out."""
    for file in sorted(folder_of(root, group.account_id, group.region, group.name).glob("*.jsonl")):
        name, *lines = file.read_text().splitlines()
        stream = LogStream(log_group=group, name=json.loads(name))
        for line in lines:
            try:
                timestamp, ingestion, message = json.loads(line)
            except ValueError:
                continue
            stream.events.append(LogEvent(ingestion, {"timestamp": timestamp, "message": message}))
        if stream.events:
            stream.creation_time = utcfromtimestamp(stream.events[0].ingestion_time // 1000)
            stream.last_ingestion_time = utcfromtimestamp(stream.events[-1].ingestion_time // 1000)
            stream.stored_bytes = sum(len(event.message) for event in stream.events)
            group.streams[stream.log_stream_name] = stream


def install(settings: Settings) -> None:
    """Mirror every event to `<state>/log-streams`, and bring back what lies there when its group is created."""
    root = settings.state / "log-streams"
    put, create = LogStream.put_log_events, LogsBackend.create_log_group

    def put_log_events(self: LogStream, log_events: list[dict[str, Any]]) -> str:
        before = len(self.events)
        token = put(self, log_events)
        append(root, self, self.events[before : before + len(log_events)])
        return token

    def create_log_group(self: LogsBackend, *args: Any, **rest: Any) -> LogGroup:
        group = create(self, *args, **rest)
        restore(root, group)
        return group

    replace(LogStream, "put_log_events", put_log_events)
    replace(LogsBackend, "create_log_group", create_log_group)
